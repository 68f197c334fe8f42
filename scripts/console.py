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
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import failures

INTERRUPTED = 130


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


def call(command: Sequence[str | Path], *, cwd: Path, advice: str, env: Mapping[str, str] | None = None) -> None:
    """Run a command quietly; if it fails, exit with what it printed, the cause where that shows one, and `advice`."""
    if output := failure(command, cwd=cwd, env=env):
        sys.exit("\n".join([output, *filter(None, [failures.explain(output)]), advice]))


def failure(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command quietly. Returns what it printed if it failed, else an empty text."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return (done.stdout or f"exit code {done.returncode}") if done.returncode else ""


def read_dotenv(path: Path) -> dict[str, str]:
    """The plain `NAME=value` lines of a `.env` file. The bot reads all of it; this is for what a script depends on."""
    text = path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else ""
    lines = re.findall(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$", text, re.MULTILINE)
    return {name: value.strip("'\"") for name, value in lines}
