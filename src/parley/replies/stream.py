"""One streamed message, by the rules of bots/streaming-ux.md in MicrosoftDocs/msteams-docs.

1. Steps are typing activities with all of the text so far, numbered from 1. The first gives the stream its id.
2. Before there is text, a step may be a line about what is being done.
3. A request per second at most, and none before the one before has succeeded.
4. The message that ends the stream has no number. All that was shown stands at its beginning.
5. All of it within two minutes, and only in a 1:1 chat that has no other stream.
"""

import asyncio
import logging
from typing import Literal

from microsoft_teams.api import ChannelData, MessageActivityInput, StreamInfoEntity, TypingActivityInput

from .outbox import Outbox, describe

logger = logging.getLogger(__name__)

# Seconds from one request of a stream to the next: Teams' one and what two requests come closer on their way.
PACE = 1.01

# Seconds; the message that ends the stream needs some of Teams' two minutes, perhaps more than one attempt.
LONGEST = 105.0

_LONGEST_STATUS = 1000  # characters


class StreamRefusedError(Exception):
    """Teams takes no more of this stream."""


class StoppedError(Exception):
    """The person has pressed Stop. `shown` is the text that was there; it stays and cannot be changed."""

    def __init__(self, shown: str) -> None:
        super().__init__("The person has stopped the answer.")
        self.shown = shown


class Stream:
    """A streamed message, from its first step to the message that ends it."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._sequence = 0
        self.id: str | None = None
        self.must_end_at = float("inf")
        """When the stream has to be ended at the latest, in the event loop's time."""
        self.status = ""
        """What is shown as being done."""
        self.shown = ""
        """The text that is shown."""

    async def pause(self) -> None:
        """Wait until the next request is due."""
        await asyncio.sleep(self._outbox.last_attempt_at + PACE - asyncio.get_running_loop().time())

    async def show_status(self, line: str) -> None:
        """Show what is being done in place of the text that is still to come.

        Raises:
            StoppedError, StreamRefusedError: see there.
        """
        await self._step("informative", line[:_LONGEST_STATUS])
        self.status = line

    async def show(self, text: str) -> None:
        """Show the text, which begins with what is shown already.

        Raises:
            StoppedError, StreamRefusedError: see there.
        """
        await self._step("streaming", text)
        self.shown = text

    async def end(self, message: MessageActivityInput) -> None:
        """Put the message, whose text begins with what is shown already, in the place of the stream.

        Raises:
            StoppedError, StreamRefusedError: see there.
        """
        message.channel_data = ChannelData(stream_id=self.id, stream_type="final")
        message.add_entity(StreamInfoEntity(stream_id=self.id, stream_type="final"))
        await self.pause()
        await self._send(message)

    async def _step(self, kind: Literal["informative", "streaming"], text: str) -> None:
        number = self._sequence + 1
        step = TypingActivityInput(text=text, text_format=self._outbox.text_format)
        step.channel_data = ChannelData(stream_id=self.id, stream_type=kind, stream_sequence=number)
        step.add_entity(StreamInfoEntity(stream_id=self.id, stream_type=kind, stream_sequence=number))
        await self.pause()
        id = await self._send(step)
        self._sequence = number
        if self.id is None:
            self.id = id
            self.must_end_at = self._outbox.last_attempt_at + LONGEST

    async def _send(self, activity: TypingActivityInput | MessageActivityInput) -> str:
        try:
            return await self._outbox.send(activity)
        except Exception as error:
            # Whatever it is: the answer can still be sent as a message.
            reason = describe(error)
            if reason.startswith("403") and "canceled by user" in reason:
                raise StoppedError(self.shown) from error
            logger.warning("Teams takes no more of a stream: %s", reason)
            raise StreamRefusedError(reason) from error
