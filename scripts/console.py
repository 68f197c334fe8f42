"""What the scripts share: progress that can be seen, an end without a traceback, and a look into `.env`.

A script that cannot go on calls `sys.exit` with one line that says what happened and what to do: Python prints it
and ends with exit code 1.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

INTERRUPTED = 130

CHECK_THE_NETWORK = "Check the network (a proxy?), then run this again."


def run(main: Callable[[], int | None]) -> NoReturn:
    """Run a script's `main` and exit with its code; Ctrl-C and SIGTERM end it, and what it is running, quietly."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)


@contextmanager
def step(what: str) -> Generator[None]:
    """Say what is being done and, when it is done, how many seconds it took."""
    print(f"{what} ... ", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def call(command: Sequence[str | Path], *, cwd: Path, advice: str) -> None:
    """Run a command quietly; if it fails, show what it said and exit with `advice`."""
    done = subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{advice}")


def read_dotenv(path: Path) -> dict[str, str]:
    """The plain `NAME=value` lines of a `.env` file. The bot reads all of it; this is for what a script depends on."""
    text = path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else ""
    lines = re.findall(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$", text, re.MULTILINE)
    return {name: value.strip("'\"") for name, value in lines}
