"""A clock that tests need not wait for."""

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

# Where Linux' `struct tcp_info` counts the segments that a socket has sent and received.
_SEGMENTS = struct.Struct("136xII")


class _End(NamedTuple):
    """One end of a TCP connection, and how many more segments it has sent than received."""

    address: object
    peer: object
    balance: int


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still while anything happens, and jumps to the next timer when nothing does.

    An hour of silence passes in an instant, and what takes time on a busy machine takes none here. The doubles and the
    bot run in one loop, so that nothing happens but on its sockets, its timers and the threads that it waits for.
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
        """Run a function in a thread. Time stands still until the thread is through, even if nobody waits any more."""
        work: Future[Any] = (executor or self._threads).submit(func, *args)
        self._working.add(work)
        future = asyncio.wrap_future(work, loop=self)
        # Comes after the callback of `wrap_future`, so that the result is on its way before time may pass again.
        work.add_done_callback(self._note_end)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109, asyncio's own
        """Wait for the threads, however long that takes: the time until `timeout` would pass in an instant."""
        await super().shutdown_default_executor(None)

    def _note_end(self, work: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self.call_soon_threadsafe(self._working.discard, work)


class _Selector(selectors.BaseSelector):
    """Waits for sockets as any selector does, but does not wait for time to pass.

    Before a jump it gives the kernel time to deliver what the sockets have sent. Mostly both ends of a connection are
    here, and have received as many segments as they have sent: then nothing is on its way, and the jump costs no time.
    Nor does it if all others are as they were after the last such wait.
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
        """The ends of connections that may be about to receive something, since the other end is elsewhere or has sent
        more than has arrived; None where that cannot be known."""
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
    """True if two ends have received all that they have sent. The end that was connected to does not count the second
    segment of a connection, which it sent before it had a socket of its own."""
    return other is not None and end.balance + other.balance == -1
