"""The queue of a process that has its database for itself."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

from sqlalchemy import Connection

from .queue import RETRY_AFTER, QueuedTurn, user_share
from .queue_typing import TypingIndicator
from .turn_store import TurnStore

logger = logging.getLogger(__name__)

# Users whose last turn is remembered.
_MOST_USERS = 10_000


class FairSemaphore:
    """Limits how many turns run at once, and shares the slots fairly among users.

    A user has at most `user_share` of the slots. The next free slot goes to the waiting user with the fewest slots, and
    among those to the one who has waited longest since the last turn. A user's conversations alternate.
    """

    def __init__(self, size: int) -> None:
        self._free = size
        self._most = user_share(size)
        self._slots: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._admitted = count(1)
        self._last_admitted: dict[str, int] = {}

    @asynccontextmanager
    async def slot(self, user_id: str) -> AsyncGenerator[None]:
        """Wait for a slot, and hold it until the block ends."""
        await self._acquire(user_id)
        try:
            yield
        finally:
            self._release(user_id)

    async def _acquire(self, user_id: str) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user_id, deque()).append(admitted)
        self._admit()
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self._release(user_id)
            raise

    def _release(self, user_id: str) -> None:
        self._free += 1
        self._slots[user_id] -= 1
        if not self._slots[user_id]:
            del self._slots[user_id]
        self._admit()

    def _admit(self) -> None:
        while self._free and (user_id := self._next_user()) is not None:
            admitted = self._waiting[user_id].popleft()
            if not self._waiting[user_id]:
                del self._waiting[user_id]
            if not admitted.cancelled():
                admitted.set_result(None)
                if len(self._last_admitted) > _MOST_USERS:
                    self._last_admitted.clear()
                self._last_admitted[user_id] = next(self._admitted)
                self._slots[user_id] += 1
                self._free -= 1

    def _next_user(self) -> str | None:
        user_id = min(self._waiting, key=self._rank, default=None)
        return user_id if user_id is not None and self._slots[user_id] < self._most else None

    def _rank(self, user_id: str) -> tuple[int, int]:
        return self._slots[user_id], self._last_admitted.get(user_id, 0)


class LocalQueue:
    """Keeps the waiting turns in memory, and reads them from the database at its start."""

    def __init__(
        self,
        store: TurnStore,
        run: Callable[[int], Awaitable[bool]],
        *,
        max_concurrent: int,
        typing: TypingIndicator,
    ) -> None:
        """`run` is `Runner.run`; at most `max_concurrent` calls of it run at once."""
        self._store = store
        self._run = run
        self._typing = typing
        self._slots = FairSemaphore(max_concurrent)
        self._waiting: dict[str, deque[QueuedTurn]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self.is_stopping = False
        """True if no more turns begin."""

    async def start(self) -> None:
        """Run the turns that an earlier process left unfinished."""
        for turn in await self._store.unfinished():
            self.committed(turn)

    def enqueue(self, transaction: Connection, turn: QueuedTurn) -> None:
        """Do nothing: the row of the turn is all that has to be stored."""

    def committed(self, turn: QueuedTurn) -> None:
        """Run the turn after those before it."""
        key = turn.ordering_key
        if key in self._waiting:
            self._waiting[key].append(turn)
        else:
            self._waiting[key] = deque([turn])
            self._workers[key] = asyncio.create_task(self._work(key))

    async def join(self) -> None:
        """Wait until no turn is left."""
        while self._workers:
            await asyncio.wait(self._workers.values())

    async def stop(self, grace: float) -> None:
        """Begin no more turns, and cancel those that still run after `grace` seconds. A later process runs the rest."""
        self.is_stopping = True
        if workers := list(self._workers.values()):
            _, unfinished = await asyncio.wait(workers, timeout=grace)
            for worker in unfinished:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, key: str) -> None:
        try:
            waiting = self._waiting[key]
            while waiting:
                async with self._slot(waiting[0]):
                    if self.is_stopping:
                        return
                    has_ended = await self._run_logged(waiting[0].turn_id)
                if has_ended:
                    waiting.popleft()
                else:
                    await asyncio.sleep(RETRY_AFTER)
        finally:
            del self._waiting[key], self._workers[key]

    @asynccontextmanager
    async def _slot(self, turn: QueuedTurn) -> AsyncGenerator[None]:
        """Hold a slot until the block ends. The user sees a typing indicator while there is none."""
        typing = asyncio.create_task(self._typing.show(turn))
        try:
            async with self._slots.slot(turn.user_id):
                typing.cancel()
                yield
        finally:
            typing.cancel()

    async def _run_logged(self, turn_id: int) -> bool:
        try:
            return await self._run(turn_id)
        except Exception:
            logger.exception("Turn not run, it is left to a later process: turn=%d", turn_id)
            return True
