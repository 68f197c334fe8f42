"""The turn that is being taken, for the behaviour that takes it.

The inbox starts a turn, a handler answers it, and the Teams SDK stands between the two and hands nothing through. So
the turn is part of the context that the handler runs in.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

# Seconds that what is under way has to end when the process is about to.
SHUTDOWN_GRACE = 2.0


class Refusal(StrEnum):
    """Why a message is not answered."""

    TOO_MANY_WAIT = "too many wait"
    """Too many messages of its conversation wait for their answers."""
    SET_ASIDE = "set aside"
    """Each time that its answer was being made, the process died."""


@dataclass(frozen=True)
class Past:
    """What became of a message before there was news of it."""

    is_known: bool
    """Whether it was handed over at all."""
    is_last: bool
    """Whether no other message of the conversation has come since."""
    was_withdrawn: bool
    """Whether it was deleted before it was answered."""
    sent_ids: Sequence[str]
    """The ids of the messages that Teams has taken for it."""


class Turn(Protocol):
    """An activity that is to be answered, and how much of the answer has come about by now."""

    @property
    def refusal(self) -> Refusal | None:
        """Why it is not answered; `None` when it is."""
        ...

    @property
    def question_id(self) -> str:
        """What all attempts of it have in common, until its message is changed; no other turn has it."""
        ...

    @property
    def sent_ids(self) -> Sequence[str]:
        """The ids of the messages that Teams has taken for it, in an earlier attempt or in this one; oldest first."""
        ...

    @property
    def is_outdated(self) -> bool:
        """Whether it is broken off because its message was changed meanwhile; another attempt follows at once."""
        ...

    @property
    def is_update(self) -> bool:
        """Whether it tells news of a message whose own turn has ended."""
        ...

    async def past(self) -> Past:
        """What became of its message before.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: that cannot be read.
        """
        ...

    async def adopt(self, sent_ids: Sequence[str]) -> None:
        """Remember messages that Teams has taken earlier, for another turn, as those that this one is to change.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: that cannot be written.
        """
        ...

    async def forget_sent(self, id: str) -> None:
        """Forget a message that is there no more, or that Teams does not let be changed."""
        ...

    async def confirm(self) -> None:
        """Make sure that no other process has taken the turn over meanwhile. Does not return if one has."""
        ...

    async def record_sent(self, id: str, *, instead_of: str | None = None) -> None:
        """Remember that Teams has taken a message, so that a later attempt changes it instead of sending another; in
        place of one that Teams does not let be changed."""
        ...


current_turn: ContextVar[Turn] = ContextVar("current_turn")


async def shielded[T](step: Coroutine[Any, Any, T]) -> T:
    """Take a step, and let it end when the turn is broken off meanwhile: what is on its way to Teams or to the database
    cannot be called back, and nobody would know what became of it. When the process is about to end, it has two
    seconds."""
    taking = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        turn = current_turn.get(None)
        await asyncio.wait([taking], timeout=None if turn and turn.is_outdated else SHUTDOWN_GRACE)
        if not taking.cancel() and not taking.cancelled():
            taking.exception()  # has been seen, and is of no use any more
        raise
