"""The `parley` command in the process of the tests: a new process takes seconds to start."""

import io
import logging
import os
import signal
from collections.abc import Generator
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from parley.__main__ import main

from .machine import clean_environment


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def errors(self) -> list[str]:
        """The error messages outside of the log."""
        return [line for line in self.stderr.splitlines() if line.startswith("parley: ")]


def parley(directory: Path, *arguments: str, **settings: str) -> Finished:
    """Run a command in a folder, with these settings and no others."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, clean_environment(**settings), clear=True))
        stack.enter_context(chdir(directory))
        stack.enter_context(_restored())
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            code = main(arguments)
        except SystemExit as end:  # argparse exits
            code = end.code if isinstance(end.code, int) else 1
    return Finished(code, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@contextmanager
def _restored() -> Generator[None]:
    """Restore signals and logging, which a command changes in its process."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    signals = {number: signal.getsignal(number) for number in numbers}
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for number, handler in signals.items():
            signal.signal(number, handler)
