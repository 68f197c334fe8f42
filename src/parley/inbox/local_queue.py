"""The queue of a process that has its database for itself."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Connection

from ..fair_semaphore import FairSemaphore
from .queue import RETRY_AFTER, QueuedTurn, user_share
from .queue_typing import TypingIndicator
from .turn_store import TurnStore

logger = logging.getLogger(__name__)


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
        self._slots = FairSemaphore(max_concurrent, user_share(max_concurrent))
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
        self._typing.stop()
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
        self._typing.add(turn)
        try:
            async with self._slots.slot(turn.user_id):
                self._typing.remove(turn.turn_id)
                yield
        finally:
            self._typing.remove(turn.turn_id)

    async def _run_logged(self, turn_id: int) -> bool:
        try:
            return await self._run(turn_id)
        except Exception:
            logger.exception("Turn not run, it is left to a later process: turn=%d", turn_id)
            return True
