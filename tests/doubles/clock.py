"""An event loop with virtual time: tests do not wait for real time to pass."""

import asyncio
import selectors
import socket
import struct
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

# Real seconds that the kernel may take to hand a byte from one socket of this process to another.
_DELIVERY = 0.005

# The numbers of segments sent and received in `struct tcp_info` of Linux.
_SEGMENTS = struct.Struct("136xII")


class _End(NamedTuple):
    """One end of a TCP connection; `balance` is the number of segments sent minus that of segments received."""

    address: object
    peer: object
    balance: int


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still while it works, and jumps to the next timer when it is idle.

    So the load of the machine does not change the times in a test. The doubles and the bot run in the same loop:
    events come only from its sockets, its timers and its threads.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._working: set[Future[Any]] = set()
        super().__init__(_Selector(self))
        self._threads = ThreadPoolExecutor()
        self.set_default_executor(self._threads)

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds

    @property
    def waits_for_threads(self) -> bool:
        return bool(self._working)

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        """Run a function in a thread. Time stands still until it ends, even if its future is cancelled."""
        work: Future[Any] = (executor or self._threads).submit(func, *args)
        self._working.add(work)
        future = asyncio.wrap_future(work, loop=self)
        # Added after the callback of `wrap_future`, so that the result arrives before time can pass.
        work.add_done_callback(self._note_end)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109, asyncio's own
        """Wait for the threads without a timeout: in virtual time it would pass at once."""
        await super().shutdown_default_executor(None)

    def _note_end(self, work: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self.call_soon_threadsafe(self._working.discard, work)


class _Selector(selectors.BaseSelector):
    """Waits for sockets, and jumps instead of waiting for a timeout.

    Before a jump it waits until the kernel has delivered all data. It need not wait if each connection has both ends in
    this loop and they have received all segments, nor if the other connections have not changed since the last wait.
    """

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()
        self._waited_for: object = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self._loop.waits_for_threads:
            return self._real.select(None if timeout is None or timeout > 0 else 0)
        events = self._real.select(0)
        if events or timeout <= 0:
            return events
        open_ends = self._open_ends()
        is_at_rest = open_ends is not None and (not open_ends or open_ends == self._waited_for)
        events = self._real.select(0 if is_at_rest else _DELIVERY)
        if not events:
            self._waited_for = open_ends if is_at_rest else self._open_ends()
            self._loop.jump(timeout)
        return events

    def _open_ends(self) -> set[_End] | None:
        """The ends that may still receive data: the other end is in another process, or its data is still in the
        kernel. None on systems that do not count segments."""
        if sys.platform != "linux":
            return None
        ends = {end.address: end for key in self._real.get_map().values() if (end := _end_of(key.fd))}
        return {end for end in ends.values() if not _is_balanced(end, ends.get(end.peer))}

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


def _end_of(fd: int) -> _End | None:
    """This end of a TCP connection; None for any other socket."""
    borrowed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=fd)
    try:
        info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SEGMENTS.size)
        sent, received = _SEGMENTS.unpack(info)
        return _End(borrowed.getsockname(), borrowed.getpeername(), sent - received)
    except OSError:
        return None
    finally:
        borrowed.detach()


def _is_balanced(end: _End, other: _End | None) -> bool:
    """True if both ends have received all segments. The accepting end does not count the second segment of the
    handshake, because it had no socket yet when the kernel sent it."""
    return other is not None and end.balance + other.balance == -1
