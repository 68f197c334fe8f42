"""Turns inside one process: those of a lane one after the other, the lanes side by side."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from sqlalchemy import Connection

from .ledger import Ledger, Place

logger = logging.getLogger(__name__)

# Seconds until a turn is tried again that has to let another one pass.
AGAIN_AFTER = 1


class Lanes:
    """The queue of a process that has its database for itself.

    What it knows is in memory; at its start it is read from the database.
    """

    def __init__(self, ledger: Ledger, run: Callable[[int], Awaitable[bool]], *, max_concurrent: int) -> None:
        self._ledger = ledger
        self._run = run
        self._free = asyncio.Semaphore(max_concurrent)
        self._lanes: dict[str, deque[int]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self.is_stopping = False
        """Whether no more turns are begun."""

    async def start(self) -> None:
        """Take up what an earlier process has left."""
        for place in await self._ledger.unfinished():
            self.notice(place)

    def enqueue(self, transaction: Connection, place: Place) -> None:
        """Nothing: the row in the database is all there is to be stored."""

    def notice(self, place: Place) -> None:
        """Take a turn that is stored, when those before it are through."""
        if place.lane in self._lanes:
            self._lanes[place.lane].append(place.turn_id)
        else:
            self._lanes[place.lane] = deque([place.turn_id])
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
                async with self._free:
                    if self.is_stopping:
                        return
                    is_through = await self._take(waiting[0])
                if is_through:
                    waiting.popleft()
                else:
                    await asyncio.sleep(AGAIN_AFTER)
        finally:
            del self._lanes[lane], self._workers[lane]

    async def _take(self, turn_id: int) -> bool:
        try:
            return await self._run(turn_id)
        except Exception:
            logger.exception("A turn could not be taken and is left to a later process")
            return True
