"""The other command: checks everything.

    python3 scripts/test.py

runs the linter, the formatter, the type checker and all tests. The type checker works beside the tests.

    python3 scripts/test.py --fast

leaves out the slow tests, and those that need another process: a server, a browser, a bot of its own.

    python3 scripts/test.py -k memory

runs pytest alone, with these arguments.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import console
import environment

LINT = [("ruff", "check"), ("ruff", "format", "--check")]
TYPES = ("pyright",)
# The tests of a file share what they start: a browser, a server.
PARALLEL = ("--dist", "loadfile", "-n")
CORES = os.cpu_count() or 1
COVERAGE = ("--cov", "--cov-report=term", "--cov-fail-under=90")


def main() -> int:
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    checks = Checks(environment.ensure())
    if arguments and arguments != ["--fast"]:
        checks.run("pytest", *arguments)
        return checks.report()
    for lint in LINT:
        checks.run(*lint)
    with checks.beside(*TYPES):
        checks.run("pytest", *_options(is_fast=bool(arguments)))
    return checks.report()


def _options(*, is_fast: bool) -> tuple[str, ...]:
    """What pytest is told."""
    if is_fast:
        return ("--dist", "worksteal", "-n", str(CORES), "-m", "not process and not slow")
    if os.environ.get("CI"):
        # Coverage keeps the cores busy, and nobody looks at it between two changes.
        return (*PARALLEL, str(CORES), *COVERAGE)
    # Some tests wait for other processes, so there is work for more of pytest's processes than there are cores.
    return (*PARALLEL, str(2 * CORES))


class Checks:
    """Runs checks, each a module of Python with its arguments, up to the first that fails."""

    def __init__(self, python: Path) -> None:
        self._python = python
        self._results: list[str] = []
        self._code = 0
        """The exit code of the first check that failed."""

    def run(self, *check: str) -> None:
        """Run a check, unless one before it has failed."""
        if self._code:
            return
        print(f"\n== {' '.join(check)}", flush=True)
        started = time.monotonic()
        self._note(check, started, subprocess.call(self._command(check), cwd=environment.ROOT, env=self._environment()))

    @contextmanager
    def beside(self, *check: str) -> Generator[None]:
        """Run a check beside what the block runs, unless one before it has failed. What it prints comes afterwards."""
        if self._code:
            yield
            return
        started = time.monotonic()
        with subprocess.Popen(
            self._command(check),
            cwd=environment.ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                yield
                output, _ = process.communicate()
            except BaseException:
                process.kill()
                raise
        print(f"\n== {' '.join(check)}", flush=True)
        # As it is: on Windows the console's encoding may be another one.
        sys.stdout.buffer.write(output)
        self._note(check, started, process.returncode)

    def report(self) -> int:
        """Print how long each check took and which one failed; returns the exit code."""
        print("", *self._results, sep="\n", flush=True)
        return self._code

    def _command(self, check: tuple[str, ...]) -> list[str]:
        return [str(self._python), "-m", *check]

    def _environment(self) -> dict[str, str]:
        # Otherwise pyright's wrapper asks the network for a newer version at every run.
        return {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "true"}

    def _note(self, check: tuple[str, ...], started: float, code: int) -> None:
        failed = f": FAILED, exit code {code}" if code else ""
        self._results.append(f"{time.monotonic() - started:7.1f} s  {' '.join(check)}{failed}")
        self._code = self._code or code


if __name__ == "__main__":
    console.run(main)
