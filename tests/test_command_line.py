"""The `parley` command as an operator meets it: a process of its own."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from parley.settings import documented

PLAYGROUND = {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"}


def environment(settings: dict[str, str]) -> dict[str, str]:
    """What a process needs of this machine and of the measurement of coverage, and nothing of the developer's."""
    names = ("PATH", "HOME", "SYSTEMROOT", "COVERAGE_PROCESS_CONFIG")
    return {name: os.environ[name] for name in names if name in os.environ} | settings


def parley(directory: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "parley", *arguments],
        cwd=directory,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


def complaints(result: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith("parley: ")]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def restored_sigint() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)


@contextmanager
def serving(directory: Path, port: int, **settings: str) -> Generator[tuple["subprocess.Popen[str]", str]]:
    """A bot that has begun to listen, and what it has logged until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "parley"],
        cwd=directory,
        env=environment(PLAYGROUND | {"PORT": str(port)} | settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    assert process.stderr
    log = ""
    try:
        for line in process.stderr:
            log += line
            if "Listening on" in line:
                break
        yield process, log
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def test_help_tells_of_every_setting(tmp_path: Path):
    result = parley(tmp_path, "--help")

    assert result.returncode == 0
    assert all(f"  {setting.name}\n" in result.stdout for setting in documented())


def test_without_credentials_it_refuses_to_start_and_says_why(tmp_path: Path):
    result = parley(tmp_path)

    assert result.returncode == 2
    [line] = complaints(result)
    assert "CLIENT_ID is missing" in line and "Traceback" not in result.stderr


def test_with_credentials_and_an_open_door_it_refuses_to_start(tmp_path: Path):
    result = parley(tmp_path, CLIENT_ID="00000000-0000-0000-0000-000000000001", CLIENT_SECRET="secret", **PLAYGROUND)

    assert result.returncode == 2
    assert "secret" not in result.stderr and len(complaints(result)) == 1


def test_settings_come_from_a_env_file_in_the_working_directory(tmp_path: Path):
    (tmp_path / ".env").write_text("PORT=from-the-file\n")

    assert complaints(parley(tmp_path)) == ["parley: PORT is 'from-the-file': expected a port number from 1 to 65535"]


def test_the_environment_wins_over_the_env_file(tmp_path: Path):
    (tmp_path / ".env").write_text("PORT=from-the-file\n")

    assert complaints(parley(tmp_path, PORT="from-outside"))[0].startswith("parley: PORT is 'from-outside'")


def test_a_database_that_cannot_be_opened_is_named_without_a_traceback(tmp_path: Path, port: int):
    result = parley(tmp_path, PORT=str(port), DATABASE_URL="sqlite:///missing/folder/parley.db", **PLAYGROUND)

    assert result.returncode == 1
    [line] = complaints(result)
    assert "DATABASE_URL" in line and "unable to open database file" in line
    assert "Traceback" not in result.stderr


def test_a_database_of_a_newer_version_is_named_without_a_traceback(tmp_path: Path, port: int):
    with closing(sqlite3.connect(tmp_path / "parley.db")) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")

    result = parley(tmp_path, PORT=str(port), **PLAYGROUND)

    assert result.returncode == 1
    [line] = complaints(result)
    assert "DATABASE_URL" in line and "not of this version" in line
    assert "Traceback" not in result.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        result = parley(tmp_path, PORT=str(port), **PLAYGROUND)

    assert result.returncode == 1
    [line] = complaints(result)
    assert line.startswith(f"parley: port {port} cannot be listened on: ") and "PORT" in line
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process could handle")
@pytest.mark.parametrize("in_background", [False, True])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(
    tmp_path: Path, port: int, how: signal.Signals, in_background: bool, restored_sigint: None
):
    """A shell starts what it puts into the background with SIGINT ignored."""
    if in_background:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with serving(tmp_path, port) as (bot, _):
        bot.send_signal(how)
        _, rest = bot.communicate(timeout=30)

    assert bot.returncode == 0
    assert rest.rstrip().endswith("Stopped") and "Traceback" not in rest and "ERROR" not in rest


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a machine all of 127.0.0.0/8")
def test_without_tokens_it_listens_on_the_loopback_only(tmp_path: Path, port: int):
    """127.0.0.2 is another address of this machine: a bot that listened on all addresses would answer there."""
    with serving(tmp_path, port):
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 404
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.2:{port}/")


def test_it_says_at_start_which_model_answers_and_hides_the_key(tmp_path: Path, port: int):
    url = "http://user:password@localhost/v1"

    with serving(tmp_path, port, OPENAI_API_KEY="the-long-key", OPENAI_BASE_URL=url, OPENAI_MODEL="llama") as (_, log):
        assert "Answering with llama at localhost\n" in log
        assert "password" not in log and "the-long-key" not in log


def test_the_frozen_packages_do_not_warn_but_others_do(tmp_path: Path):
    code = "import parley.app, warnings; warnings.warn('somebody else is deprecated', FutureWarning)"

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment({}), capture_output=True, text=True, timeout=60
    )

    assert "microsoft-teams-ai is deprecated" not in result.stderr
    assert "microsoft-teams-openai is deprecated" not in result.stderr
    assert "somebody else is deprecated" in result.stderr
