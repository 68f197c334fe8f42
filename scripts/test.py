"""The other command: checks everything.

    python3 scripts/test.py

runs the linter, the formatter, the type checker and the tests with their coverage, up to the first that fails.

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

CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("pyright",),
    ("pytest", "--cov", "--cov-report=term"),
)


def main() -> int:
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    python = environment.ensure()
    results: list[str] = []
    code = 0
    for check in [("pytest", *arguments)] if arguments else CHECKS:
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


if __name__ == "__main__":
    console.run(main)
