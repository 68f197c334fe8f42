"""The interface of the two queues: `LocalQueue` for SQLite, `PostgresQueue` for PostgreSQL."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

# Seconds until a turn that cannot run now is tried again.
RETRY_AFTER = 1.0


@dataclass(frozen=True)
class QueuedTurn:
    """A turn that waits to be answered."""

    turn_id: int
    ordering_key: str
    """Turns with the same key run one after the other, in the order of their ids."""
    user_id: str
    """The user who sent it, to share the queue fairly; empty if unknown."""


Enqueue = Callable[[Connection, QueuedTurn], None]


class Queue(Protocol):
    """Runs stored turns: in order within a conversation, conversations in parallel, users fairly."""

    @property
    def is_stopping(self) -> bool:
        """True if no more turns begin."""
        ...

    async def start(self) -> None:
        """Run turns, including those that an earlier process left unfinished."""
        ...

    def enqueue(self, transaction: Connection, turn: QueuedTurn) -> None:
        """Add a turn in the transaction that stores it."""
        ...

    def committed(self, turn: QueuedTurn) -> None:
        """Learn that the transaction with the turn was committed."""
        ...

    async def stop(self, grace: float) -> None:
        """Begin no more turns, and cancel those that still run after `grace` seconds.

        Unfinished turns are left to other processes, or to a later one.
        """
        ...


def user_share(max_concurrent: int) -> int:
    """Return how many of the turns that run at once may belong to one user.

    A quarter is left to the other users, whose first turns then rarely wait.
    """
    return max_concurrent - max_concurrent // 4
