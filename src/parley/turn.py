"""The turn that the current task answers.

The inbox starts a turn and a handler answers it. The Teams SDK stands between the two and passes nothing through, so
the turn is in a context variable.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

# Seconds that a step in progress may take to finish when the process shuts down.
SHUTDOWN_GRACE = 2.0


class Refusal(StrEnum):
    """The reason why a turn is not answered."""

    TOO_MANY_WAIT = "too many wait"
    """Too many messages of the conversation wait for their answers."""
    TOO_MANY_CRASHES = "too many crashes"
    """The process crashed during each attempt."""


@dataclass(frozen=True)
class EarlierTurns:
    """The turns that a message had before it was updated."""

    is_known: bool
    """True if the message itself was received."""
    is_last: bool
    """True if no other message of the conversation has come since."""
    was_deleted_unanswered: bool
    """True if the message was deleted before it was answered."""
    sent_ids: Sequence[str]
    """The ids of the messages that answered it."""


class SentMessages(Protocol):
    """The messages that Teams has accepted for a turn, stored so that a later attempt can change them."""

    @property
    def ids(self) -> Sequence[str]:
        """Their ids, oldest first; those of earlier attempts included. Changes as messages are added and removed."""
        ...

    async def add(self, id: str) -> None:
        """Store a new message."""
        ...

    async def replace(self, old_id: str, new_id: str) -> None:
        """Store a new message in the place of one that Teams does not let be changed."""
        ...

    async def remove(self, id: str) -> None:
        """Forget a message that is deleted, or that Teams does not let be changed."""
        ...


class MessageUpdate(Protocol):
    """The update of a message whose own turn has ended: an edit, a deletion, or its undoing."""

    async def read_earlier(self) -> EarlierTurns:
        """Return the message's earlier turns.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: they cannot be read.
        """
        ...

    async def adopt(self, sent_ids: Sequence[str]) -> None:
        """Make messages of an earlier turn the sent messages of this one.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: they cannot be stored.
        """
        ...


class Turn(Protocol):
    """An activity that is being answered."""

    @property
    def question_id(self) -> str:
        """An id that all attempts share until the message is updated. No other turn has it."""
        ...

    @property
    def refusal(self) -> Refusal | None:
        """The reason why the turn is not answered; None if it is."""
        ...

    @property
    def is_cancelled_by_update(self) -> bool:
        """True if the attempt is cancelled because the message was updated; the next attempt follows immediately."""
        ...

    @property
    def sent(self) -> SentMessages: ...

    @property
    def update(self) -> MessageUpdate | None:
        """The update that the turn is about; None if it is about a message, even one that was updated meanwhile."""
        ...

    has_failed: bool
    """True once the user got an error instead of an answer."""

    may_be_repeated: bool
    """True once the user was offered another attempt. The turn then keeps its activity when it ends."""

    async def confirm_lease(self) -> None:
        """Make sure that no other process has taken the turn over. Does not return if one has."""
        ...


current_turn: ContextVar[Turn] = ContextVar("current_turn")


async def shielded[T](step: Coroutine[Any, Any, T]) -> T:
    """Finish `step` even if the turn is cancelled: a request that was already sent may have taken effect.

    When the process shuts down, wait `SHUTDOWN_GRACE` at most.
    """
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        turn = current_turn.get(None)
        await asyncio.wait([task], timeout=None if turn and turn.is_cancelled_by_update else SHUTDOWN_GRACE)
        if not task.cancel() and not task.cancelled():
            task.exception()  # else asyncio logs that it was never retrieved
        raise
