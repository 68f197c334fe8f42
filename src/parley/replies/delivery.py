"""The two ways of delivering an answer have this in common: `streamed.py` in 1:1 chats, `full.py` in groups."""

import asyncio
import logging
from typing import Protocol

from microsoft_teams.api import (
    ConversationAccount,
)

logger = logging.getLogger(__name__)


def is_group(conversation: ConversationAccount) -> bool:
    """True if several users share the conversation: a group chat or a channel.

    `isGroup` is absent in a 1:1 chat. The type counts as well, because Teams refuses streams in groups. Feedback
    activities lack both; then the id decides, since only those of groups begin with `19:`.
    """
    if conversation.is_group is None and conversation.conversation_type is None:
        return conversation.id.startswith("19:")
    return bool(conversation.is_group) or conversation.conversation_type in ("groupChat", "channel")


class Progress(Protocol):
    """The state of an answer in the making. `Reply` is one."""

    work_ended: asyncio.Event
    """Set when the current work on the answer has ended, successfully or not."""
    status: str
    """A line about what is being done."""
    status_due: float
    """The event loop's time from which the status is worth showing."""
    pause_due: float
    """The event loop's time from which the text counts as paused, if nothing is added to it until then."""

    @property
    def text(self) -> str:
        """The text so far, safe to show; it only grows at its end."""
        ...

    async def wait_for_change(self, until: float) -> None:
        """Wait until any of these changes, or until that time of the event loop."""
        ...


class Delivery(Protocol):
    """A way of delivering an answer."""

    async def show(self, progress: Progress) -> None:
        """Show the answer's progress until the current work has ended.

        Raises:
            StoppedError: the user has pressed Stop.
        """
        ...

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        """Send the text as one message, which replaces what was shown of the answer.

        Raises:
            StoppedError: the user has pressed Stop.
            httpx.HTTPError, TimeoutError: Teams rejects the message.
        """
        ...

    async def end_stream(self) -> None:
        """End an open stream with what it shows, so that a later attempt of the turn can update that message."""
        ...


class StoppedError(Exception):
    """The user has pressed Stop. `shown` is the text that was shown; it stays, and cannot be changed.

    Teams reports a Stop with its response to the next request, so the bot learns nothing while it sends nothing.
    """

    def __init__(self, shown: str) -> None:
        super().__init__("The user has stopped the answer")
        self.shown = shown
