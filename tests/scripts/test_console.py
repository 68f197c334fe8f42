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
def test_python_3_9_can_parse_every_script(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_script_ends_its_children_in_one_line(number: signal.Signals) -> None:
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


def test_a_step_shows_its_name_and_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    with console.step("Making tea"):
        assert capsys.readouterr().out == "Making tea ... "
    assert capsys.readouterr().out == "0.0 s\n"


def test_a_failed_step_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), console.step("Making tea"):
        sys.exit("There is no water.")
    assert capsys.readouterr().out == "Making tea ... failed\n"
