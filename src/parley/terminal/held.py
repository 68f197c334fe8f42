"""Holds back what would appear in the middle of an answer: the keys that the user types, and the log."""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stderr, suppress
from io import StringIO


@contextmanager
def keys_held() -> Generator[None]:
    """Keep the keys for the next prompt until the block ends, if answers appear in the terminal where the user types.
    Ctrl-C still sends its signal."""
    if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield  # Windows shows keys only when they are read
        return
    import termios

    keyboard = sys.stdin.fileno()
    if os.tcgetpgrp(keyboard) != os.getpgrp():  # a command in the background would be stopped
        yield
        return
    before, held = termios.tcgetattr(keyboard), termios.tcgetattr(keyboard)
    held[0] &= ~termios.ICRNL  # the prompt tells Enter from Ctrl-J
    held[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(keyboard, termios.TCSADRAIN, held)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal was closed
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


@contextmanager
def log_held() -> Generator[Callable[[], None]]:
    """Keep what is written to the standard error until the given function is called, or the block ends, if it would
    appear in the same terminal as the answers."""
    terminal = sys.stderr
    if not (terminal.isatty() and sys.stdout.isatty()):
        yield lambda: None
        return
    log = StringIO()

    def release() -> None:
        terminal.write(log.getvalue())
        terminal.flush()
        log.seek(0)
        log.truncate()

    with redirect_stderr(log):
        try:
            yield release
        finally:
            release()
