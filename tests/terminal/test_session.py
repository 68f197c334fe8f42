"""`parley chat` and `parley doctor` as a user meets them: processes, in a terminal or between pipes.

The demo model answers: it is slow, and its answers are always the same.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from doubles.lines import incident_in, line
from doubles.machine import clean_environment

pytestmark = pytest.mark.process

STORY = "Tell me a long story."

on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals and no signals for others")


def environment(directory: Path, settings: dict[str, str]) -> dict[str, str]:
    """The variables that a process needs, and a folder for its temporary files."""
    directory.mkdir()
    own = {"TMPDIR": str(directory), "LANG": "en_GB.UTF-8", "PYTHONUTF8": "1"}
    return clean_environment(**(own | settings))


def start(directory: Path, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "parley", *arguments],
        cwd=directory,
        env=environment(directory / "tmp", settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(directory: Path, *arguments: str, typed: str = "", **settings: str) -> tuple[int, str, str]:
    """Run a command; returns its exit code and the text of its two outputs."""
    with start(directory, *arguments, **settings) as process:
        out, err = process.communicate(typed, timeout=60)
    return process.returncode, out, err


class TestOneQuestion:
    def test_gets_its_answer_and_nothing_else(self, tmp_path: Path):
        """It uses neither the credentials nor the database of the settings."""
        teams = {"CLIENT_ID": "11111111-2222-3333-4444-555555555555", "CLIENT_SECRET": "s", "TENANT_ID": "t"}
        elsewhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing", "PORT": "1"}

        code, out, err = run(tmp_path, "chat", "What is my name?", **teams, **elsewhere)

        assert (code, out, err) == (0, "You haven't told me your name yet. Try *My name is Ada.*\n", "")
        assert list(tmp_path.rglob("*")) == [tmp_path / "tmp"]

    def test_that_fails_has_a_nonzero_exit_code(self, tmp_path: Path):
        model = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "the-long-key", "OPENAI_MODEL": "m"}

        code, out, err = run(tmp_path, "chat", "Hello", LOG_LEVEL="INFO", MODEL_TIMEOUT="1", **model)

        assert code == 1 and incident_in(out.removesuffix("\n"), "model-unreachable")
        assert " ERROR " in err and "ConnectionRefusedError" in err and "timed out" not in err and " INFO " not in err
        assert "Traceback" not in err and "the-long-key" not in err

    @on_posix
    def test_that_is_stopped_gets_no_answer(self, tmp_path: Path):
        with start(tmp_path, "chat", STORY, LOG_LEVEL="DEBUG") as process:
            assert process.stderr
            assert any("streaming" in line or "202 Accepted" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=30)

        assert (process.returncode, out) == (130, "")


def test_each_line_of_a_pipe_is_a_question_until_the_exit(tmp_path: Path):
    code, out, err = run(tmp_path, "chat", typed="My name is Ada.\n\nWhat is my name?\n/exit\nWhat?\n")

    assert (code, err) == (0, "")
    assert out == "Nice to meet you, Ada! I'll remember that.\nYour name is Ada.\n"


@on_posix
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"], ids=["input", "output", "errors"])
def test_a_closed_output_does_not_stop_the_answer(tmp_path: Path, closed: str):
    asking = subprocess.run(
        ["sh", "-c", f'exec "$0" -m parley chat Hello {closed}', sys.executable],
        cwd=tmp_path,
        env=environment(tmp_path / "tmp", {}),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (asking.returncode, asking.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
@pytest.mark.parametrize("arguments", [["chat", "Hello"], ["doctor"]], ids=["chat", "doctor"])
def test_a_full_disk_is_reported(tmp_path: Path, arguments: list[str]):
    with open("/dev/full", "w") as full:
        command = subprocess.run(
            [sys.executable, "-m", "parley", *arguments],
            cwd=tmp_path,
            env=environment(tmp_path / "tmp", {}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )

    assert (command.returncode, command.stderr) == (1, "parley: No space left on device\n")


@on_posix
def test_a_terminated_process_leaves_no_conversation_behind(tmp_path: Path):
    with start(tmp_path, "chat", STORY, LOG_LEVEL="DEBUG") as process:
        assert process.stderr
        assert any("202 Accepted" in line for line in process.stderr)
        assert list((tmp_path / "tmp").rglob("parley.db"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGTERM
    assert not list((tmp_path / "tmp").iterdir())


class Terminal:
    """A terminal with `parley chat` in it."""

    def __init__(self, descriptor: int, process: "subprocess.Popen[bytes]") -> None:
        self._descriptor = descriptor
        self._process = process
        self._seen = ""

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def read_until(self, text: str) -> str:
        """The output since the last call, to the end of this text, without escape sequences."""
        while text not in self._seen:
            self._seen += os.read(self._descriptor, 4096).decode()
            self._seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r(?=\r*\n)", "", self._seen)
        shown, _, self._seen = self._seen.partition(text)
        return shown + text

    def leave(self) -> int:
        """Press Ctrl-C until the process ends; returns its exit code."""
        while self._process.poll() is None:
            self.type("\x03")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
        return self._process.returncode

    def wait(self) -> int:
        """Wait for the end of the process; returns its exit code."""
        with suppress(OSError):  # the process has closed the terminal
            while os.read(self._descriptor, 4096):
                pass
        return self._process.wait(30)


@contextmanager
def terminal(directory: Path, kind: str = "dumb") -> Generator[Terminal]:
    import pty  # Windows does not have it

    ours, its = pty.openpty()
    command = [sys.executable, "-m", "parley", "chat"]
    process = subprocess.Popen(
        # Makes this the controlling terminal, which sends Ctrl-C, and runs the command.
        [sys.executable, "-c", f"import os; os.login_tty(0); os.execv({sys.executable!r}, {command})"],
        cwd=directory,
        env=environment(directory / "tmp", {"TERM": kind}),
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        yield Terminal(ours, process)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        os.close(ours)


@on_posix
class TestTerminal:
    def test_ctrl_c_stops_an_answer_and_then_leaves(self, tmp_path: Path):
        with terminal(tmp_path) as screen:
            greeting = screen.read_until("\n> ")
            screen.type("1\r")
            chosen = screen.read_until("\n> ")
            screen.type(f"{STORY}\r")
            screen.read_until("Ships still")
            screen.type("\x03")
            rest = screen.read_until("\n> ")
            screen.type("What did I ask before?\r")
            answer = screen.read_until("\n> ")
            code = screen.leave()

        assert greeting.startswith("Starting...\r") and "Answering with the demo model" in greeting
        assert f"\n  1  {line('starter-story')}" in greeting
        assert "The bridge committee" in chosen
        assert "Answer your mail" not in rest and "(stopped)\n" in rest
        assert f"Before this you said: “{STORY}”" in answer.splitlines()
        assert code == 0 and not list((tmp_path / "tmp").iterdir())

    @pytest.mark.parametrize(
        "keys", ["\x04", "/exit\u4e2d\x7f\r"], ids=["ctrl-d", "exit-after-an-erased-wide-character"]
    )
    def test_a_key_leaves(self, tmp_path: Path, keys: str):
        with terminal(tmp_path, "xterm") as screen:
            screen.read_until("\n>")
            screen.type(keys)

            assert screen.wait() == 0


def test_the_doctor_supports_an_env_file_and_an_ascii_terminal(tmp_path: Path):
    (tmp_path / ".env").write_text("PORT=from-the-file\nBOT_STATEFUL=\n")

    code, out, err = run(tmp_path, "doctor", PYTHONUTF8="0", PYTHONIOENCODING="ascii")

    assert (code, err) == (1, "")
    assert out.startswith("x settings: PORT is 'from-the-file': expected a port number from 1 to 65535\n+ versions: ")
    assert "+ model: the demo model" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "tmp"]
