"""The `parley` command: its output and exit codes."""

import os
import re
import socket
from pathlib import Path

import pytest

from doubles.command import parley
from doubles.disk import Disk
from parley.settings import documented

PLAYGROUND = {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"}


def test_help_fits_on_one_screen(tmp_path: Path):
    result = parley(tmp_path, "--help", COLUMNS="80")

    lines = result.stdout.splitlines()
    assert result.code == 0 and len(lines) < 24 and max(map(len, lines)) <= 80
    assert "parley settings" in result.stdout


class TestSettings:
    def test_are_listed_in_groups_with_their_defaults(self, tmp_path: Path):
        result = parley(tmp_path, "settings")

        shown = re.findall(r"^  ([A-Z_]+)=(.*)$", result.stdout, re.MULTILINE)
        assert result.code == 0 and shown == [(setting.name, setting.default) for setting in documented()]
        assert {setting.group for setting in documented()} < set(result.stdout.splitlines())

    def test_that_are_set_are_marked_without_their_values(self, tmp_path: Path):
        (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-123\n")
        result = parley(tmp_path, "settings", OPENAI_MODEL="m")

        assert re.findall(r"^  ([A-Z_]+)=.*\(set\)$", result.stdout, re.MULTILINE) == ["OPENAI_API_KEY", "OPENAI_MODEL"]
        assert "sk-123" not in result.stdout

    def test_are_wrapped_at_the_width_of_the_terminal(self, tmp_path: Path):
        result = parley(tmp_path, "settings", COLUMNS="60")

        assert all(len(line) <= 60 for line in result.stdout.splitlines() if " " in line.strip() and "=" not in line)


def test_without_credentials_it_refuses_to_start_with_a_reason(tmp_path: Path):
    result = parley(tmp_path)

    assert result.code == 2
    [line] = result.errors
    assert "CLIENT_ID is missing" in line and "Traceback" not in result.stderr


def test_with_credentials_and_an_open_door_it_refuses_to_start(tmp_path: Path):
    result = parley(tmp_path, CLIENT_ID="00000000-0000-0000-0000-000000000001", CLIENT_SECRET="secret", **PLAYGROUND)

    assert result.code == 2
    assert "secret" not in result.stderr and len(result.errors) == 1


def test_settings_come_from_a_env_file_in_the_working_directory(tmp_path: Path):
    (tmp_path / ".env").write_text("PORT=from-the-file\n")

    assert parley(tmp_path).errors == ["parley: PORT is 'from-the-file': expected a port number from 1 to 65535"]


def test_a_misspelt_setting_in_the_env_file_is_reported(tmp_path: Path):
    (tmp_path / ".env").write_text("BOT_INSTRUCTONS=Talk like a pirate.\n")
    result = parley(tmp_path, "db", "upgrade")

    [line] = result.errors
    assert line.startswith("parley: BOT_INSTRUCTONS in ") and line.endswith("; did you mean BOT_INSTRUCTIONS?")
    assert result.code == 0 and "pirate" not in result.stderr


@pytest.mark.parametrize("arguments", [["doctor"], ["db", "upgrade"]])
def test_a_malformed_line_of_the_env_file_is_reported_once(tmp_path: Path, port: int, arguments: list[str]):
    (tmp_path / ".env").write_text('# Mine\n\nBOT_INSTRUCTIONS="Talk like a pirate.\nLOG_LEVEL=info\n')
    result = parley(tmp_path, *arguments, PORT=str(port), **PLAYGROUND)

    [line] = [line for line in (result.stdout + result.stderr).splitlines() if " line " in line]
    begin = "! settings" if arguments == ["doctor"] else "parley"
    assert line.startswith(f"{begin}: line 3 of {tmp_path / '.env'} is not of the form NAME=value")
    assert result.code == 0 and "pirate" not in result.stdout + result.stderr


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["db", "upgrade"], 2), (["chat", "Hi"], 2), (["doctor"], 1)])
def test_an_env_file_in_another_encoding_is_reported(tmp_path: Path, port: int, arguments: list[str], code: int):
    (tmp_path / ".env").write_text("BOT_INSTRUCTIONS=Grüß alle.\n", encoding="utf-16")
    result = parley(tmp_path, *arguments, PORT=str(port), **PLAYGROUND)

    line = f"{tmp_path / '.env'} cannot be read: it is not in UTF-8"
    expected = [f"✗ settings: {line}"] if arguments == ["doctor"] else [f"parley: {line}"]
    assert [line for line in (result.stdout + result.stderr).splitlines() if ".env" in line] == expected
    assert result.code == code and "Traceback" not in result.stderr


def test_the_doctor_goes_on_when_the_env_file_is_unreadable(tmp_path: Path, port: int):
    (tmp_path / ".env").write_bytes(b"\xff")
    result = parley(tmp_path, "doctor", PORT=str(port), **PLAYGROUND)

    broken, *others = result.stdout.splitlines()
    assert broken.startswith("✗ settings: ") and others and all(line.startswith("✓ ") for line in others)


@pytest.mark.parametrize("in_force", [False, True], ids=["as it is", "with every line in force"])
def test_the_doctor_accepts_a_copy_of_env_example(tmp_path: Path, port: int, in_force: bool):
    template = (Path(__file__).parents[1] / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub("^#(?=[A-Z])", "", template, flags=re.MULTILINE) if in_force else template)
    result = parley(tmp_path, "doctor", PORT=str(port))

    settings, *others = result.stdout.splitlines()
    assert settings == f"✓ settings: all are valid, also those in {tmp_path / '.env'}"
    assert result.code == 0 and [line for line in others if line.startswith("✗") or "not checked" in line] == []


def test_the_environment_wins_over_the_env_file(tmp_path: Path):
    (tmp_path / ".env").write_text("PORT=from-the-file\n")

    assert parley(tmp_path, PORT="from-outside").errors[0].startswith("parley: PORT is 'from-outside'")


def test_a_database_that_cannot_be_opened_is_reported(tmp_path: Path, port: int):
    result = parley(tmp_path, PORT=str(port), DATABASE_URL="sqlite:///missing/folder/parley.db", **PLAYGROUND)

    assert result.code == 1
    [line] = result.errors
    assert "DATABASE_URL" in line and f"there is no folder {tmp_path / 'missing' / 'folder'}" in line
    assert "Traceback" not in result.stderr


def test_a_database_of_a_newer_version_is_reported(tmp_path: Path, port: int):
    disk = Disk(tmp_path / "parley.db")
    disk.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    disk.execute("INSERT INTO alembic_version VALUES ('9999')")

    result = parley(tmp_path, PORT=str(port), **PLAYGROUND)

    assert result.code == 1
    [line] = result.errors
    assert "DATABASE_URL" in line and "not of this version" in line
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_reported(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        result = parley(tmp_path, PORT=str(port), **PLAYGROUND)

    assert result.code == 1
    [line] = result.errors
    assert line.startswith(f"parley: port {port} cannot be listened on: ") and "PORT" in line
    assert "Traceback" not in result.stderr


class TestCommands:
    @pytest.mark.parametrize("arguments", [["worker"], ["serve", "--no-worker"]])
    def test_for_several_processes_require_postgresql(self, tmp_path: Path, arguments: list[str]):
        result = parley(tmp_path, *arguments, **PLAYGROUND)

        assert result.code == 2
        assert result.errors == [
            "parley: DATABASE_URL is of SQLite, for one process: expected PostgreSQL, or 'parley serve' alone"
        ]

    def test_an_unknown_command_is_reported(self, tmp_path: Path):
        result = parley(tmp_path, "dance")

        assert result.code == 2 and "invalid choice: 'dance'" in result.stderr

    def test_db_upgrade_needs_nothing_but_the_database(self, tmp_path: Path):
        result = parley(tmp_path, "db", "upgrade")

        assert (result.code, result.stdout) == (0, "The database is prepared for this version of Parley.\n")
        assert (tmp_path / "parley.db").exists()

    def test_chat_reports_wrong_settings(self, tmp_path: Path):
        chat = parley(tmp_path, "chat", "Hello", BOT_STATEFUL="perhaps")

        assert (chat.code, chat.stdout) == (2, "")
        assert chat.stderr == "parley: BOT_STATEFUL is 'perhaps': expected true or false\n"

    def test_chat_attaches_no_folder(self, tmp_path: Path):
        chat = parley(tmp_path, "chat", "--file", ".", "Hi")

        assert (chat.code, chat.errors) == (1, ["parley: . cannot be attached: it is no file"])

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
    def test_chat_attaches_no_pipe(self, tmp_path: Path):
        """To open one would wait for its writer."""
        os.mkfifo(tmp_path / "pipe")
        chat = parley(tmp_path, "chat", "--file", "pipe", "Hi")

        assert (chat.code, chat.errors) == (1, ["parley: pipe cannot be attached: it is no file"])

    def test_chat_reports_a_question_without_quotes(self, tmp_path: Path):
        chat = parley(tmp_path, "chat", "What", "time")

        assert (chat.code, chat.stdout) == (2, "")
        assert chat.stderr == 'parley: put the question in quotes: parley chat "What time"\n'

    def test_doctor_accepts_a_bot_for_the_playground(self, tmp_path: Path, port: int):
        doctor = parley(tmp_path, "doctor", PORT=str(port), **PLAYGROUND)

        assert (doctor.code, doctor.stderr) == (0, "")
        assert {line[0] for line in doctor.stdout.splitlines()} == {"✓"}
