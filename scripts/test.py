"""Checks everything.

    python3 scripts/test.py

runs the linter, the formatter, and the type checker beside all tests.

    python3 scripts/test.py --fast

leaves out slow tests and tests with another process: a server, a browser, a second bot.

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
    checks = Checks(environment.ensure(for_development=True))
    if arguments and arguments != ["--fast"]:
        checks.run("pytest", *arguments)
        return checks.report()
    for lint in LINT:
        checks.run(*lint)
    with checks.beside(*TYPES):
        checks.run("pytest", *_options(is_fast=bool(arguments)))
    return checks.report()


def _options(*, is_fast: bool) -> tuple[str, ...]:
    """Return pytest's options."""
    if is_fast:
        return ("--dist", "worksteal", "-n", str(CORES), "-m", "not process and not slow")
    if os.environ.get("CI"):
        # Coverage takes time, so only CI measures it.
        return (*PARALLEL, str(CORES), *COVERAGE)
    # Some tests wait for other processes, so more workers than cores keep the cores busy.
    return (*PARALLEL, str(2 * CORES))


class Checks:
    """Runs checks, each a Python module with arguments, until one fails."""

    def __init__(self, python: Path) -> None:
        self._python = python
        self._results: list[str] = []
        self._code = 0
        """The exit code of the first check that failed."""

    def run(self, *check: str) -> None:
        """Run a check unless an earlier one failed."""
        if self._code:
            return
        print(f"\n== {' '.join(check)}", flush=True)
        started = time.monotonic()
        self._note(check, started, subprocess.call(self._command(check), cwd=environment.ROOT, env=self._environment()))

    @contextmanager
    def beside(self, *check: str) -> Generator[None]:
        """Run a check beside the block unless an earlier one failed. Print its output afterwards."""
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
        # Bytes, because the console of Windows may have another encoding.
        sys.stdout.buffer.write(output)
        self._note(check, started, process.returncode)

    def report(self) -> int:
        """Print the time of each check and the failed one. Return the exit code."""
        print("", *self._results, sep="\n", flush=True)
        return self._code

    def _command(self, check: tuple[str, ...]) -> list[str]:
        return [str(self._python), "-m", *check]

    def _environment(self) -> dict[str, str]:
        # Keeps pyright's wrapper from requesting the newest version at each run.
        return {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "true"}

    def _note(self, check: tuple[str, ...], started: float, code: int) -> None:
        failed = f": FAILED, exit code {code}" if code else ""
        self._results.append(f"{time.monotonic() - started:7.1f} s  {' '.join(check)}{failed}")
        self._code = self._code or code


if __name__ == "__main__":
    console.run(main)
