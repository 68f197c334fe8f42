"""A semaphore that leaves slots to other users."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count

# Users whose last slot is remembered.
_MOST_USERS = 10_000


class FairSemaphore:
    """Limits how much runs at once, and shares the slots fairly among users.

    The next free slot goes to the waiting user with the fewest slots, and among those to the one who has waited longest
    since the last slot. A user gets slots in the order of the requests.

    Args:
        size: the slots.
        user_size: the slots that one user may have at once.
    """

    def __init__(self, size: int, user_size: int) -> None:
        self._free = size
        self._user_size = user_size
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
        return user_id if user_id is not None and self._slots[user_id] < self._user_size else None

    def _rank(self, user_id: str) -> tuple[int, int]:
        return self._slots[user_id], self._last_admitted.get(user_id, 0)
