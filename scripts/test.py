"""The other command: checks everything.

    python3 scripts/test.py

runs the linter, the formatter, the type checker and all tests, up to the first that fails.

    python3 scripts/test.py --fast

leaves out the tests that need another process: a server, a browser, a bot of its own.

    python3 scripts/test.py -k memory

runs pytest alone, with these arguments.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import console
import environment

LINT = [("ruff", "check"), ("ruff", "format", "--check"), ("pyright",)]
# The tests of a file share what they start: a browser, a server.
PARALLEL = ("--dist", "loadfile", "-n")
CORES = os.cpu_count() or 1
COVERAGE = ("--cov", "--cov-report=term", "--cov-fail-under=90")


def main() -> int:
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    python = environment.ensure()
    results: list[str] = []
    code = 0
    for check in _checks(arguments):
        name = " ".join(check)
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.call(
            [python, "-m", *check],
            cwd=environment.ROOT,
            # Otherwise pyright's wrapper asks the network for a newer version at every run.
            env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "true"},
        )
        results.append(f"{time.monotonic() - started:7.1f} s  {name}" + (f": FAILED, exit code {code}" if code else ""))
        if code:
            break
    print("", *results, sep="\n", flush=True)
    return code


def _checks(arguments: list[str]) -> list[tuple[str, ...]]:
    """The commands to run, each a module of Python with its arguments."""
    if arguments == ["--fast"]:
        return [*LINT, ("pytest", *PARALLEL, str(2 * CORES), "-m", "not process")]
    if arguments:
        return [("pytest", *arguments)]
    if os.environ.get("CI"):
        # Coverage keeps the cores busy, and nobody looks at it between two changes.
        return [*LINT, ("pytest", *PARALLEL, str(CORES), *COVERAGE)]
    # Some tests wait for other processes, so there is work for more of pytest's processes than there are cores.
    return [*LINT, ("pytest", *PARALLEL, str(2 * CORES))]


if __name__ == "__main__":
    console.run(main)
