"""The signals of `parley chat`."""

import asyncio
import faulthandler
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Protocol

# Seconds until a process that is told to end does so, even if a thread hangs: `CLOSING_GRACE` of `serving.py`, which
# takes seconds to import.
_GRACE = 25.0


class Stoppable(Protocol):
    def stop(self) -> bool:
        """Stop the answer in progress. Returns False if there is none."""
        ...


class Signals:
    """Handles the signals of the process: Ctrl-C stops the answer in progress, any other cancels the running task."""

    def __init__(self) -> None:
        self.received = 0
        """The signal that cancelled the task."""
        self._conversation: Stoppable | None = None
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._receive)

    @contextmanager
    def stopping(self, conversation: Stoppable) -> Generator[None]:
        """Let Ctrl-C stop the conversation's answers until the block ends, and ignore it from then on."""
        self._conversation = conversation
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # closing takes a moment

    def _receive(self, number: int, _frame: object) -> None:
        if number != signal.SIGINT:
            faulthandler.dump_traceback_later(_GRACE, exit=True)  # a thread may hang
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._handle, number)

    def _handle(self, number: int) -> None:
        if number == signal.SIGINT and self._conversation and self._conversation.stop():
            return
        if not self.received and self._task:
            self.received = number
            self._task.cancel()
