"""Turns inside one process: those of a lane one after the other, the lanes side by side, and no user before another."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

from sqlalchemy import Connection

from .turn_store import QueuedTurn, TurnStore
from .waiting import Typing, user_share

logger = logging.getLogger(__name__)

# Seconds until a turn is tried again that has to let another one pass.
AGAIN_AFTER = 1

# Users of whom it is known when their last turn was.
_MOST_KNOWN = 10_000


class FairRoom:
    """Room for so many turns at once, shared fairly by the users.

    Nobody has more than `user_share` of it. Of the users who wait, the one with the fewest turns in the room is next,
    and then the one whose last turn is the longest ago. A user's conversations take turns.
    """

    def __init__(self, size: int) -> None:
        self._free = size
        self._most = user_share(size)
        self._taken: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._admitted = count(1)
        self._last_admitted: dict[str, int] = {}

    @asynccontextmanager
    async def place(self, user: str) -> AsyncGenerator[None]:
        """Hold a place of the user's until the block ends."""
        await self._enter(user)
        try:
            yield
        finally:
            self._leave(user)

    async def _enter(self, user: str) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, deque()).append(admitted)
        self._admit()
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self._leave(user)
            raise

    def _leave(self, user: str) -> None:
        self._free += 1
        self._taken[user] -= 1
        if not self._taken[user]:
            del self._taken[user]
        self._admit()

    def _admit(self) -> None:
        while self._free and (user := self._next_user()) is not None:
            admitted = self._waiting[user].popleft()
            if not self._waiting[user]:
                del self._waiting[user]
            if not admitted.cancelled():
                admitted.set_result(None)
                if len(self._last_admitted) > _MOST_KNOWN:
                    self._last_admitted.clear()
                self._last_admitted[user] = next(self._admitted)
                self._taken[user] += 1
                self._free -= 1

    def _next_user(self) -> str | None:
        user = min(self._waiting, key=self._rank, default=None)
        return user if user is not None and self._taken[user] < self._most else None

    def _rank(self, user: str) -> tuple[int, int]:
        return self._taken[user], self._last_admitted.get(user, 0)


class LocalQueue:
    """The queue of a process that has its database for itself.

    What it knows is in memory; at its start it is read from the database.
    """

    def __init__(
        self,
        ledger: TurnStore,
        run: Callable[[int], Awaitable[bool]],
        *,
        max_concurrent: int,
        typing: Typing,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._typing = typing
        self._room = FairRoom(max_concurrent)
        self._lanes: dict[str, deque[QueuedTurn]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self.is_stopping = False
        """Whether no more turns are begun."""

    async def start(self) -> None:
        """Take up what an earlier process has left."""
        for place in await self._ledger.unfinished():
            self.notice(place)

    def enqueue(self, transaction: Connection, place: QueuedTurn) -> None:
        """Nothing: the row in the database is all there is to be stored."""

    def notice(self, place: QueuedTurn) -> None:
        """Take a turn that is stored, when those before it are through."""
        if place.lane in self._lanes:
            self._lanes[place.lane].append(place)
        else:
            self._lanes[place.lane] = deque([place])
            self._workers[place.lane] = asyncio.create_task(self._work(place.lane))

    async def join(self) -> None:
        """Wait until no turn is left."""
        while self._workers:
            await asyncio.wait(self._workers.values())

    async def stop(self, grace: float) -> None:
        """Begin no more turns, and end those that are being taken within `grace` seconds; what is unfinished then is
        cancelled. All of it is left to a later process."""
        self.is_stopping = True
        if workers := list(self._workers.values()):
            _, unfinished = await asyncio.wait(workers, timeout=grace)
            for worker in unfinished:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, lane: str) -> None:
        try:
            waiting = self._lanes[lane]
            while waiting:
                async with self._admitted(waiting[0]):
                    if self.is_stopping:
                        return
                    is_through = await self._take(waiting[0].turn_id)
                if is_through:
                    waiting.popleft()
                else:
                    await asyncio.sleep(AGAIN_AFTER)
        finally:
            del self._lanes[lane], self._workers[lane]

    @asynccontextmanager
    async def _admitted(self, place: QueuedTurn) -> AsyncGenerator[None]:
        """Room for a turn until the block ends. The user sees typing while there is none."""
        showing = asyncio.create_task(self._typing.show(place))
        try:
            async with self._room.place(place.user):
                showing.cancel()
                yield
        finally:
            showing.cancel()

    async def _take(self, turn_id: int) -> bool:
        try:
            return await self._run(turn_id)
        except Exception:
            logger.exception("A turn could not be taken and is left to a later process")
            return True
