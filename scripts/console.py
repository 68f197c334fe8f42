"""Shared by the scripts: progress, an exit without a traceback, and reading `.env`.

A script that cannot continue calls `sys.exit` with one line: what happened and what to do. The exit code is 1.
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
    """Run a script's `main` and exit with its code. Ctrl-C and SIGTERM end it and its children quietly."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)


@contextmanager
def step(what: str) -> Generator[None]:
    """Print the name of a step and, when it has ended, its seconds."""
    print(f"{what} ... ", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def call(command: Sequence[str | Path], *, cwd: Path, advice: str, env: Mapping[str, str] | None = None) -> None:
    """Run a command quietly. If it fails, exit with its output, the cause if that is known, and `advice`."""
    if output := failure(command, cwd=cwd, env=env):
        sys.exit("\n".join([output, *filter(None, [failures.explain(output)]), advice]))


def failure(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command quietly. Return its output if it failed, else an empty text."""
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
    """Return the plain `NAME=value` lines of a `.env` file, which is enough for scripts."""
    text = path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else ""
    lines = re.findall(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$", text, re.MULTILINE)
    return {name: value.strip("'\"") for name, value in lines}
