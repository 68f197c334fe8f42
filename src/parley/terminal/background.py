"""What goes on while the main thread waits for the person."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

# Seconds. On Windows Ctrl-C does not end a wait, so that none is long.
_LONGEST_WAIT = 0.1


class Background[T]:
    """An event loop in a thread of its own, which keeps a context open: `value` is what the context gives.

    The main thread is left to the keyboard. Python tells it alone of Ctrl-C, and no other thread can be interrupted
    while it reads a line.
    """

    value: T

    def __init__(self, context: AbstractAsyncContextManager[T]) -> None:
        self._context = context
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        self._thread = threading.Thread(target=self._work, name="background")
        self._opened: Future[T] = Future()
        self._leaving = asyncio.Event()
        self._holding: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Raises what the opening of the context raises."""
        self._thread.start()
        try:
            self.value = _result(self._opened)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def run[R](self, work: Coroutine[Any, Any, R], *, on_interrupt: Callable[[], None]) -> R:
        """Wait for the work, which is done in the loop. Ctrl-C does not end it, but has `on_interrupt` called there."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        while True:
            try:
                return _result(future)
            except KeyboardInterrupt:
                self._loop.call_soon_threadsafe(on_interrupt)

    def _work(self) -> None:
        # Wherever the system delivers Ctrl-C, it is to wake the main thread.
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        with self._runner:
            self._runner.run(self._hold())

    async def _hold(self) -> None:
        self._holding = asyncio.current_task()
        try:
            async with self._context as value:
                self._opened.set_result(value)
                await self._leaving.wait()
        except BaseException as error:
            if self._opened.done():
                raise
            self._opened.set_exception(error)

    def _close(self) -> None:
        # The rest takes a moment, and is not to be left half done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # The loop is closed already when the context could not be opened.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._leave)
        self._thread.join()

    def _leave(self) -> None:
        self._leaving.set()
        if self._holding and not self._opened.done():  # what is opened may wait for others
            self._holding.cancel()


def _result[R](future: Future[R]) -> R:
    while not wait([future], timeout=_LONGEST_WAIT).done:
        pass
    return future.result()
