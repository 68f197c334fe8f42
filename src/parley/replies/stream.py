"""One streamed message, by the rules of bots/streaming-ux.md in MicrosoftDocs/msteams-docs.

1. Steps are typing activities with all of the text so far, numbered from 1. The first gives the stream its id.
2. Before there is text, a step may be a line of at most 1,000 characters about what is being done.
3. A request per second at most, and none before the one before has succeeded.
4. The message that ends the stream has no number. All that was shown stands at its beginning.
5. All of it within two minutes, and only in a 1:1 chat that has no other stream.
"""

import asyncio
import logging
import re
from typing import Literal

import httpx
from microsoft_teams.api import ChannelData, MessageActivityInput, StreamInfoEntity, TypingActivityInput

from .sender import ATTEMPTS, ActivitySender, describe_error, is_passing, pause_after

logger = logging.getLogger(__name__)

# Seconds from the end of one request of a stream to the next: however long each was on its way, they arrive no closer.
INTERVAL = 1.0

# Seconds; the message that ends the stream needs some of Teams' two minutes, perhaps more than one attempt.
TIME_LIMIT = 105.0

# Seconds that Teams may take to answer a step. The whole answer, once it is there, does not wait for longer.
STEP_TIMEOUT = 5.0

_LONGEST_STATUS = 1000  # characters, by rule 2

# What Teams says of a stream whose Stop button was pressed: with one l in its documentation, with two to the bots that
# have met it (microsoft/teams.ts#101).
_STOPPED = re.compile("cancell?ed by user", re.IGNORECASE)


class StreamRefusedError(Exception):
    """Teams takes no more of this stream."""


class StoppedError(Exception):
    """The person has pressed Stop. `shown` is the text that was there; it stays and cannot be changed.

    Teams tells with its answer to the next request, so that a Stop goes unnoticed while there is nothing to send.
    """

    def __init__(self, shown: str) -> None:
        super().__init__("The person has stopped the answer.")
        self.shown = shown


class Stream:
    """A streamed message, from its first step to the message that ends it."""

    def __init__(self, outbox: ActivitySender) -> None:
        self._outbox = outbox
        self._sequence = 0
        self._failures = 0  # of the step that is due
        self._next_at = float("-inf")
        self.id: str | None = None
        self.is_open = True
        """Whether Teams takes more of it, as far as is known."""
        self.must_end_at = float("inf")
        """When the stream has to be ended at the latest, in the event loop's time."""
        self.status = ""
        """What is shown as being done."""
        self.shown = ""
        """The text that is shown."""

    async def pause(self) -> None:
        """Wait until the next request is due."""
        await asyncio.sleep(self._next_at - asyncio.get_running_loop().time())

    async def show_status(self, line: str) -> None:
        """Show what is being done in place of the text that is still to come; as `show`."""
        line = line[:_LONGEST_STATUS]
        if await self._step("informative", line):
            self.status = line

    async def show(self, text: str) -> None:
        """Show the text, which begins with what is shown already. `shown` tells whether Teams has taken it: a step
        that failed for the moment is not sent again, because a later one with more text takes its place.

        Raises:
            StoppedError: the person has pressed Stop.
            StreamRefusedError: Teams takes no more of this stream.
        """
        if await self._step("streaming", text):
            self.shown = text

    async def end(self, message: MessageActivityInput) -> None:
        """Put the message, whose text begins with what is shown already, in the place of the stream.

        Raises:
            StoppedError: the person has pressed Stop.
            StreamRefusedError: Teams takes no more of this stream.
        """
        message.channel_data = (message.channel_data or ChannelData()).model_copy(
            update={"stream_id": self.id, "stream_type": "final"}
        )
        message.add_entity(StreamInfoEntity(stream_id=self.id, stream_type="final"))
        await self.pause()
        try:
            await self._outbox.send(message)
        except Exception as error:
            raise self._closed_by(error) from error
        self.is_open = False

    async def _step(self, kind: Literal["informative", "streaming"], text: str) -> bool:
        number = self._sequence + 1
        step = TypingActivityInput(text=text, text_format=self._outbox.text_format)
        step.channel_data = ChannelData(stream_id=self.id, stream_type=kind, stream_sequence=number)
        step.add_entity(StreamInfoEntity(stream_id=self.id, stream_type=kind, stream_sequence=number))
        await self.pause()
        now = asyncio.get_running_loop().time
        started_at = now()
        try:
            id = await self._outbox.send(step, attempts=1, within=STEP_TIMEOUT, remembers=self.id is None)
        except Exception as error:
            self._failures += 1
            self._next_at = now() + pause_after(error, self._failures)
            if is_passing(error) and self._failures < ATTEMPTS and self._next_at < self.must_end_at:
                logger.warning("Teams did not take a step of a stream: %s", describe_error(error))
                return False
            raise self._closed_by(error) from error
        self._next_at = now() + INTERVAL
        self._sequence, self._failures = number, 0
        if self.id is None:
            self.id = id
            self.must_end_at = started_at + TIME_LIMIT
        return True

    def _closed_by(self, error: Exception) -> Exception:
        """What it means that Teams has not taken a request. Whatever it is, the answer can be sent as a message."""
        self.is_open = False
        if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 403:
            if _STOPPED.search(error.response.text):
                return StoppedError(self.shown)
        logger.warning("Teams takes no more of a stream: %s", describe_error(error))
        return StreamRefusedError(describe_error(error))
