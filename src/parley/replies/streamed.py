"""An answer that grows as it is made, for 1:1 chats."""

import asyncio
import logging
from contextlib import suppress

from ..language import Localizer
from ..markdown.split import below, head
from .buffer import AnswerBuffer
from .sender import ActivitySender
from .stream import StoppedError, Stream, StreamRefusedError

logger = logging.getLogger(__name__)


class StreamedDelivery:
    """Streams the answer, and ends the stream with the whole of it.

    1. The first words are shown at once, then once a second all that is there. Until there are words, what is done.
    2. When Teams' time for a stream is nearly over, the stream ends with what is there; the whole answer replaces it.
    3. What Teams refuses to stream is sent as a message like any other.
    """

    def __init__(self, outbox: ActivitySender, stream: Stream, say: Localizer) -> None:
        self._outbox = outbox
        self._stream = stream
        self._say = say

    async def show(self, draft: AnswerBuffer) -> None:
        """Stream what is there until the answer is made. When that is not possible any more, show that it is made."""
        with suppress(StreamRefusedError):
            await self._stream_words(draft)
        await self._outbox.keep_typing(until=draft.made)

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        """End the stream with the text, or replace the message that it left, or send one."""
        stream = self._stream
        if stream.id and stream.is_open:
            with suppress(StreamRefusedError):
                await stream.end(self._outbox.message(text, is_ai=is_ai))
                return
        await self._outbox.send_message(text, is_ai=is_ai, instead_of=stream.id)

    async def end_stream(self) -> None:
        """End the stream with what it shows: what is to be changed later must not be a stream any more."""
        if self._stream.id and self._stream.is_open:
            with suppress(StreamRefusedError, StoppedError):
                await self._end_unfinished(self._stream.shown)

    async def _stream_words(self, draft: AnswerBuffer) -> None:
        now, stream = asyncio.get_running_loop().time, self._stream
        while stream.is_open and not draft.made.is_set():
            text, has_new_status = head(draft.text), not draft.text and draft.status != stream.status
            if len(text) > len(stream.shown):
                await stream.show(text)
            elif has_new_status and now() >= draft.status_due:
                await stream.show_status(draft.status)
            else:
                due = draft.status_due if has_new_status else stream.must_end_at
                await draft.news(until=min(due, stream.must_end_at))
            await stream.pause()
            if now() >= stream.must_end_at and not draft.made.is_set():
                logger.info("An answer takes longer than a stream may, and will replace it")
                shown = max(head(draft.text), stream.shown, key=len)
                await self._end_unfinished(shown)

    async def _end_unfinished(self, shown: str) -> None:
        left = below(shown, self._say("still-writing"))
        await self._stream.end(self._outbox.message(left, is_ai=bool(shown)))
