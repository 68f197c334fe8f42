"""A word for a person who waits for a command to start."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

_WORD = "Starting..."


@contextmanager
def starting() -> Generator[Callable[[], None]]:
    """Show that the program starts, where somebody sees it, until the function is called or the block ends."""
    is_shown = sys.stderr.isatty()

    def end() -> None:
        nonlocal is_shown
        if is_shown:
            print(" " * len(_WORD), end="\r", file=sys.stderr, flush=True)
        is_shown = False

    if is_shown:
        print(_WORD, end="\r", file=sys.stderr, flush=True)
    try:
        yield end
    finally:
        end()
