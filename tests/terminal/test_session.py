"""`parley chat` and `parley doctor` as a user meets them: processes, in a terminal or between pipes.

The demo model answers: it is slow, and its answers are always the same.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doubles.lines import incident_in, line
from doubles.machine import clean_environment
from doubles.terminal import Terminal, running

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

        assert (code, out) == (1, "")
        log, failure, offer = err.splitlines()
        assert " ERROR " in log and "connection refused at http://127.0.0.1:9" in log
        assert incident_in(failure, "model-unreachable") and offer == line("offer-to-try-again")
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


@contextmanager
def open_terminal(directory: Path, *arguments: str, **settings: str) -> Generator[Terminal]:
    command = [sys.executable, "-m", "parley", "chat", *arguments]
    with running(command, directory, environment(directory / "tmp", settings)) as terminal:
        yield terminal


WELCOMED = "\n  3  "

STOPPED = "(stopped)"


@on_posix
class TestTerminal:
    def test_ctrl_c_clears_a_line_then_stops_an_answer_then_leaves(self, tmp_path: Path):
        with open_terminal(tmp_path) as terminal:
            terminal.read_until(WELCOMED)
            terminal.type("half a line")
            terminal.read_until("> half a line")
            terminal.type("\x03")
            terminal.type(f"{STORY}\r")
            terminal.read_until("Two villages")
            terminal.type("\x03")
            stopped = terminal.read_until(f"{STOPPED}\n>")
            terminal.type("What did I ask before?\r")
            terminal.read_until(f"“{STORY}”")
            terminal.read_until("\n>", count=3)
            terminal.type("\x03")

            assert terminal.wait() == 0 and not list((tmp_path / "tmp").iterdir())
        assert f"> {STORY}" in stopped and "they ran" not in terminal.glass.text

    def test_the_prompt_is_there_before_the_bot(self, tmp_path: Path):
        """Text that is typed meanwhile stays below the welcome message, and is sent."""
        with open_terminal(tmp_path, PYTHONPROFILEIMPORTTIME="1") as terminal:
            before = terminal.read_until_written("Starting...")
            terminal.type("What is my name?")
            after = terminal.read_until_written("  3  ")
            terminal.type("\r")
            terminal.read_until_written("told me your name yet.")

        assert "prompt_toolkit" in before and "parley.app" not in before and "parley.app" in after
        assert "rich" not in before and "openai" not in before

    def test_files_can_be_attached(self, tmp_path: Path):
        (tmp_path / "first.md").write_text("The password is swordfish.")
        (tmp_path / "the second.md").write_text("The door is green.")
        with open_terminal(tmp_path, "--file", "first.md") as terminal:
            terminal.read_until(line("file-attached", name="first.md"))
            terminal.type("What is in it?\r")
            terminal.read_until("The password is swordfish.")
            terminal.type("/att\t the\t\r")  # Tab completes both
            terminal.read_until(line("file-attached", name="the second.md"))
            terminal.type("And in this one?\r")
            terminal.read_until("The door is green.")
            terminal.type("/attach nothing.md\r")
            terminal.read_until("nothing.md cannot be attached: No such file or directory")

    def test_typed_lines_can_be_answered_into_a_pipe(self, tmp_path: Path):
        command = ["/bin/sh", "-c", f"{sys.executable} -m parley chat | sed 's/^/piped: /'"]
        with running(command, tmp_path, environment(tmp_path / "tmp", {})) as terminal:
            terminal.type("My name is Ada.\r/exit\r")

            assert terminal.wait() == 0
        assert terminal.glass.lines[:1] == ["My name is Ada."], "the terminal shows what is typed"
        assert terminal.glass.lines[-1].startswith("piped: Nice to meet you, Ada!")

    def test_a_log_line_waits_for_the_end_of_the_answer(self, tmp_path: Path):
        model = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "m", "MODEL_TIMEOUT": "1"}
        with open_terminal(tmp_path, **model) as terminal:
            terminal.read_until(WELCOMED)
            terminal.type("Hello\r")
            lines = terminal.read_until(" ERROR ")

        hello = lines.index("> Hello")
        assert line("thinking") not in lines
        assert next(place for place, line in enumerate(lines) if " ERROR " in line) > hello + 1

    @pytest.mark.parametrize(
        ("kind", "keys"),
        [("xterm", "\x04"), ("dumb", "/exit\u4e2d\x7f\r")],
        ids=["ctrl-d", "exit-after-an-erased-wide-character"],
    )
    def test_a_key_leaves(self, tmp_path: Path, kind: str, keys: str):
        with open_terminal(tmp_path, TERM=kind) as terminal:
            terminal.read_until("\n>" if kind == "dumb" else ">")
            terminal.type(keys)

            assert terminal.wait() == 0


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Generator[Terminal]:
    """A terminal in which the tests write one after the other."""
    with open_terminal(tmp_path_factory.mktemp("chat")) as terminal:
        terminal.read_until(WELCOMED)
        yield terminal


@on_posix
class TestConversation:
    def test_a_number_stands_for_a_suggested_action(self, terminal: Terminal):
        [offered] = [line.removeprefix("  1  ") for line in terminal.glass.lines if line.startswith("  1  ")]
        terminal.type("1\r")

        terminal.read_until(f"> 1\n{offered}\n")

    def test_keys_wait_until_the_answer_is_complete(self, terminal: Terminal):
        terminal.type("My name is Ada.\r")
        terminal.type("What is my name?\r")
        lines = terminal.read_until("Your name is Ada.")

        begin = lines.index("> My name is Ada.")
        assert lines[begin + 1].startswith("Nice to meet you") and "> What is my name?" in lines[begin + 2 :]

    def test_an_answer_comes_in_small_pieces_and_whole_words(self, terminal: Terminal):
        question = line("starter-ideas")
        terminal.type(f"{question}\r")
        terminal.read_until(f"> {question}")
        seen = len(terminal.glass.pieces)
        lines = terminal.read_until("helps.")

        begin = lines.index(" 1. Cook together. Three teams, one menu, and everybody eats the result.")
        assert len(terminal.glass.pieces) - seen > 10 and lines[begin + 1].startswith(" 2. ")
        assert " 3. Repair café. Bring something broken; whoever is good with screwdrivers\n    helps." in "\n".join(
            lines
        )

    def test_the_help_lists_the_commands_of_the_terminal(self, terminal: Terminal):
        terminal.type("/help\r")
        lines = terminal.read_until(f"/exit: {line('command-exit')}")

        commands = [line.split()[1].rstrip(":") for line in lines if line.startswith(" • /")]
        assert commands == ["/new", "/help", "/forget", "/attach", "/edit", "/exit"]


def test_the_doctor_supports_an_env_file_and_an_ascii_terminal(tmp_path: Path):
    (tmp_path / ".env").write_text("PORT=from-the-file\nBOT_STATEFUL=\n")

    code, out, err = run(tmp_path, "doctor", PYTHONUTF8="0", PYTHONIOENCODING="ascii")

    assert (code, err) == (1, "")
    assert out.startswith("x settings: PORT is 'from-the-file': expected a port number from 1 to 65535\n+ versions: ")
    assert "+ model: the demo model" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "tmp"]
