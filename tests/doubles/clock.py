"""A clock that tests need not wait for."""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

# Real seconds that the kernel may take to hand a byte from one socket of this process to another.
_DELIVERY = 0.005


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still while anything happens, and jumps to the next timer when nothing does.

    An hour of silence passes in an instant, and what takes time on a busy machine takes none here. The doubles and the
    bot run in one loop, so that nothing happens but on its sockets, its timers and the threads that it waits for.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._waiting_for_threads = 0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds

    @property
    def waits_for_threads(self) -> bool:
        return self._waiting_for_threads > 0

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._count(future)
        return future

    def _count(self, future: asyncio.Future[Any]) -> None:
        self._waiting_for_threads += 1
        future.add_done_callback(self._uncount)

    def _uncount(self, _future: asyncio.Future[Any]) -> None:
        self._waiting_for_threads -= 1


class _Selector(selectors.BaseSelector):
    """Waits for sockets as any selector does, but does not wait for time to pass."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self._loop.waits_for_threads:
            return self._real.select(None if timeout is None or timeout > 0 else 0)
        events = self._real.select(0) or (self._real.select(_DELIVERY) if timeout > 0 else [])
        if not events:
            self._loop.jump(max(timeout, 0))
        return events

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()
