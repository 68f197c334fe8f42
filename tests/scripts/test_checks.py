import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import SCRIPTS, program

import console

pytestmark = pytest.mark.process

Checks = Callable[..., subprocess.CompletedProcess[str]]

DRIVER = """
import sys, console, environment, test
from pathlib import Path
environment.ROOT = Path.cwd()
environment.ensure = lambda for_development: Path("bin/python")
console.run(test.main)
"""


@pytest.fixture
def checks(repository: Path) -> Checks:
    """Runs scripts/test.py with checks that only say what they were asked for; one of them may fail."""

    def run(*arguments: str, failing: str = "", ci: str = "", command: str = "") -> subprocess.CompletedProcess[str]:
        check = command or f'shift; echo "ran $*"; if [ "$1" = "{failing}" ]; then exit 3; fi'
        program(repository / "bin/python", check)
        return subprocess.run(
            [sys.executable, "-c", DRIVER, *arguments],
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(SCRIPTS), "CI": ci},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def ran(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.removeprefix("ran ") for line in done.stdout.splitlines() if line.startswith("ran ")]


def test_all_checks_run_and_their_times_are_listed(checks: Checks) -> None:
    done = checks()
    *lint, tests, types = ran(done)
    assert (lint, types) == (["ruff check", "ruff format --check"], "pyright")
    assert tests.startswith("pytest --dist loadfile -n ") and "--cov" not in tests and "not process" not in tests
    assert [line.split(maxsplit=2)[2] for line in done.stdout.splitlines()[-4:]] == ran(done)
    assert done.returncode == 0


def test_fast_leaves_out_slow_tests_and_processes(checks: Checks) -> None:
    *lint, tests, types = ran(checks("--fast"))
    assert (lint, types) == (["ruff check", "ruff format --check"], "pyright")
    assert tests.startswith("pytest --dist worksteal -n ") and tests.endswith("-m not process and not slow")


def test_ci_measures_the_coverage(checks: Checks) -> None:
    assert ran(checks(ci="true"))[-2].endswith("--cov --cov-report=term --cov-fail-under=90")


def test_a_failure_of_the_linter_ends_the_checks(checks: Checks) -> None:
    done = checks(failing="ruff")
    assert ran(done) == ["ruff check"]
    assert done.stdout.splitlines()[-1].endswith("ruff check: FAILED, exit code 3")
    assert done.returncode == 3


@pytest.mark.parametrize("failing", ["pytest", "pyright"])
def test_a_failure_of_tests_or_types_is_the_exit_code(checks: Checks, failing: str) -> None:
    done = checks(failing=failing)
    assert {line.split()[0] for line in ran(done)} == {"ruff", "pytest", "pyright"}
    [failed] = [line for line in done.stdout.splitlines() if line.endswith("FAILED, exit code 3")]
    assert failing in failed and done.returncode == 3


def test_an_interruption_ends_the_check_beside_the_tests(checks: Checks, repository: Path) -> None:
    """The type checker of this test runs until it is ended, and its tests interrupt scripts/test.py."""
    command = """case "$2" in
        pyright) echo $$ > pid.new; command -p mv pid.new pid; exec sleep 600 ;;
        pytest) until [ -e pid ]; do command -p sleep 0.05; done; kill -TERM $PPID ;;
    esac"""
    done = checks(command=command)
    assert done.returncode == console.INTERRUPTED
    with pytest.raises(ProcessLookupError):
        os.kill(int((repository / "pid").read_text(encoding="utf-8")), 0)


def test_arguments_run_only_pytest_without_coverage(checks: Checks) -> None:
    assert ran(checks("-k", "memory")) == ["pytest -k memory"]


def test_help_describes_the_script_and_checks_nothing(checks: Checks) -> None:
    done = checks("--help")
    assert "python3 scripts/test.py" in done.stdout and ran(done) == []
    assert done.returncode == 0
