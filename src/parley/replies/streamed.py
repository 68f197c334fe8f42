"""An answer that streams into a 1:1 chat."""

import asyncio
import logging
import re
from contextlib import suppress
from typing import Literal

import httpx
from microsoft_teams.api import (
    ChannelData,
    StreamInfoEntity,
    TypingActivityInput,
)

from ..language import Localizer
from ..markdown.split import below, head
from ..markdown.unfinished import finished
from .delivery import Progress, StoppedError
from .sender import ATTEMPTS, ActivitySender, describe_error, is_transient, retry_delay

logger = logging.getLogger(__name__)

# Seconds that Teams may take to answer a step. A finished answer waits no longer than that for the step before it.
_STEP_TIMEOUT = 5.0

_LONGEST_STATUS = 1000  # characters, by rule 2

# Teams' error for a stream whose Stop button was pressed: with one l in its documentation, with two in practice
# (microsoft/teams.ts#101).
_STOPPED = re.compile("cancell?ed by user", re.IGNORECASE)


class _StreamRefusedError(Exception):
    """Teams accepts no more requests for this stream."""


def _finished(progress: Progress) -> str:
    is_paused = asyncio.get_running_loop().time() >= progress.pause_due
    return finished(progress.text, is_paused=is_paused)


class StreamedDelivery:
    """Delivery in one streamed message, by the rules of bots/streaming-ux.md in MicrosoftDocs/msteams-docs.

    1. Steps are typing activities with all of the text so far, numbered from 1. The first gives the stream its id.
    2. Before there is text, a step may be a status line of at most 1,000 characters.
    3. At most one request per second, and none before the previous one has succeeded.
    4. The message that ends the stream has no number. It begins with all of the text that was shown.
    5. A stream lasts two minutes at most, only in a 1:1 chat, and only one at a time.

    When the time is nearly over, the stream ends with the text so far, and the whole answer later replaces that
    message. If Teams refuses to stream an answer, it is sent as an ordinary message.
    """

    def __init__(self, sender: ActivitySender, localize: Localizer) -> None:
        self._sender = sender
        self._localize = localize
        self._id: str | None = None
        self._is_open = True  # until it is ended, or Teams refuses a request
        self._ends_at = float("inf")  # by the event loop's time
        self._next_request_at = float("-inf")
        self._steps = 0
        self._failures = 0  # of the current step
        self._shown_status = ""
        self._shown_text = ""

    async def show(self, progress: Progress) -> None:
        """Stream the answer until the current work has ended. If Teams refuses that, show the typing indicator."""
        with suppress(_StreamRefusedError):
            await self._stream(progress)
        await self._sender.keep_typing(until=progress.work_ended)

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        """End the stream with the text. Without an open stream, update its message, or send a new one."""
        if self._id and self._is_open:
            with suppress(_StreamRefusedError):
                await self._end(text, is_ai=is_ai)
                return
        await self._sender.send_message(text, is_ai=is_ai, replaces=self._id)

    async def end_stream(self) -> None:
        if self._id and self._is_open:
            with suppress(_StreamRefusedError, StoppedError):
                await self._end_unfinished(self._shown_text)

    async def _stream(self, progress: Progress) -> None:
        now = asyncio.get_running_loop().time
        while self._is_open and not progress.work_ended.is_set():
            text, status = head(_finished(progress)), progress.status[:_LONGEST_STATUS]
            has_new_status = not progress.text and status != self._shown_status
            # A step that failed for now is not repeated as it was: the next one has all of the text by then.
            if text[len(self._shown_text) :].strip():
                if await self._step("streaming", text):
                    self._shown_text = text
            elif has_new_status and now() >= progress.status_due:
                if await self._step("informative", status):
                    self._shown_status = status
            else:
                due = progress.status_due if has_new_status else self._ends_at
                pause = progress.pause_due if progress.pause_due > now() else self._ends_at
                await progress.wait_for_change(until=min(due, pause, self._ends_at))
            await self._wait_for_next_request()
            if now() >= self._ends_at and not progress.work_ended.is_set():
                logger.info("Stream nearing Teams' time limit, ended; the answer will replace its message")
                await self._end_unfinished(max(head(_finished(progress)), self._shown_text, key=len))

    async def _end_unfinished(self, shown: str) -> None:
        await self._end(below(shown, self._localize("still-writing")), is_ai=bool(shown))

    async def _end(self, text: str, *, is_ai: bool) -> None:
        message = self._sender.create_message(text, is_ai=is_ai)
        message.channel_data = (message.channel_data or ChannelData()).model_copy(
            update={"stream_id": self._id, "stream_type": "final"}
        )
        message.add_entity(StreamInfoEntity(stream_id=self._id, stream_type="final"))
        await self._wait_for_next_request()
        try:
            await self._sender.send(message)
        except Exception as error:
            raise self._close(error) from error
        self._is_open = False

    async def _step(self, kind: Literal["informative", "streaming"], text: str) -> bool:
        """Send a step. Return False if it failed for now.

        Raises:
            StoppedError: the user has pressed Stop.
            _StreamRefusedError: Teams takes no more of this stream.
        """
        number = self._steps + 1
        step = TypingActivityInput(text=text, text_format=self._sender.text_format)
        step.channel_data = ChannelData(stream_id=self._id, stream_type=kind, stream_sequence=number)
        step.add_entity(StreamInfoEntity(stream_id=self._id, stream_type=kind, stream_sequence=number))
        await self._wait_for_next_request()
        now = asyncio.get_running_loop().time
        started_at = now()
        try:
            id = await self._sender.send(step, attempts=1, within=_STEP_TIMEOUT, record=self._id is None)
        except Exception as error:
            self._failures += 1
            self._next_request_at = now() + retry_delay(error, self._failures)
            if is_transient(error) and self._failures < ATTEMPTS and self._next_request_at < self._ends_at:
                logger.warning("Stream step failed, retrying: %s", describe_error(error))
                return False
            raise self._close(error) from error
        # From the end of a request: so the next arrives no closer, whatever their latencies.
        self._next_request_at = now() + self._sender.limits.stream_interval
        self._steps, self._failures = number, 0
        if self._id is None:
            self._id = id
            self._ends_at = started_at + self._sender.limits.stream_time
        return True

    async def _wait_for_next_request(self) -> None:
        await asyncio.sleep(self._next_request_at - asyncio.get_running_loop().time())

    def _close(self, error: Exception) -> Exception:
        """Close the stream, because a request failed for good. Return the error to raise for that."""
        self._is_open = False
        if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 403:
            if _STOPPED.search(error.response.text):
                return StoppedError(self._shown_text)
        logger.warning("Stream refused: %s", describe_error(error))
        return _StreamRefusedError(describe_error(error))
