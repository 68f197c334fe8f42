"""An answer that grows as it is made, for 1:1 chats."""

import asyncio
import logging

import httpx

from .draft import Draft
from .outbox import Outbox, describe
from .split import below, head
from .stream import Stream, StreamRefusedError

logger = logging.getLogger(__name__)

STILL_WRITING = "*I am still writing. This message will be completed when the answer is there.*"


class StreamedDelivery:
    """Streams the answer, and ends the stream with the whole of it.

    1. The first words are shown at once, then once a second all that is there. Until there are words, what is done.
    2. When Teams' time for a stream is nearly over, the stream ends with what is there; the whole answer replaces it.
    3. What Teams refuses to stream is sent as a message like any other.
    """

    def __init__(self, outbox: Outbox, stream: Stream) -> None:
        self._outbox = outbox
        self._stream = stream
        self._is_open = True

    async def show(self, draft: Draft) -> None:
        """Stream what is there until the answer is made."""
        try:
            await self._stream_words(draft)
        except StreamRefusedError:
            self._is_open = False

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        """End the stream with the text, or replace the message that it left, or send one."""
        if self._stream.id and self._is_open:
            try:
                await self._stream.end(self._outbox.message(text, is_ai=is_ai))
                return
            except StreamRefusedError:
                self._is_open = False
        if self._stream.id and self._stream.shown:
            try:
                await self._outbox.send_message(text, is_ai=is_ai, id=self._stream.id)
                return
            except httpx.HTTPStatusError as error:
                logger.warning("What was streamed cannot be replaced, so it is sent anew: %s", describe(error))
        await self._outbox.send_message(text, is_ai=is_ai)

    async def _stream_words(self, draft: Draft) -> None:
        now = asyncio.get_running_loop().time
        while not draft.made.is_set():
            has_new_status = not draft.text and draft.status != self._stream.status
            text = head(draft.text)
            if len(text) > len(self._stream.shown):
                await self._stream.show(text)
            elif has_new_status and now() >= draft.status_due:
                await self._stream.show_status(draft.status)
                has_new_status = False
            await draft.news(until=draft.status_due if has_new_status else self._stream.must_end_at)
            await self._stream.pause()
            if now() >= self._stream.must_end_at:
                await self._end_early(draft)
                await self._outbox.keep_typing(until=draft.made)

    async def _end_early(self, draft: Draft) -> None:
        text = below(max(head(draft.text), self._stream.shown, key=len), STILL_WRITING)
        await self._stream.end(self._outbox.message(text, is_ai=True))
        self._stream.shown = text
        self._is_open = False
