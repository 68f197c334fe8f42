import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from programs import SCRIPTS

import console


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.name)
def test_every_script_is_one_that_python_3_9_can_read(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_script_ends_with_one_word_and_leaves_nothing_running(number: signal.Signals) -> None:
    child = "import time; print('ready', flush=True); time.sleep(600)"
    main = f"subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", f"import console, subprocess, sys; console.run(lambda: {main})"],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        process.send_signal(number)
        # The end of the output is the end of all that hold it.
        _, errors = process.communicate(timeout=20)
    assert errors == "Interrupted\n"
    assert process.returncode == console.INTERRUPTED


def test_a_step_says_what_is_done_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with console.step("Making tea"):
        assert capsys.readouterr().out == "Making tea ... "
    assert capsys.readouterr().out == "0.0 s\n"


def test_a_step_that_fails_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), console.step("Making tea"):
        sys.exit("There is no water.")
    assert capsys.readouterr().out == "Making tea ... failed\n"
