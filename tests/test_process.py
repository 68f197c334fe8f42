"""The bot as a process: signals, probes, its port, and a second process."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from doubles.command import parley
from doubles.disk import Disk
from doubles.machine import clean_environment, free_port
from doubles.postgres import PostgresServer

pytestmark = pytest.mark.process

PLAYGROUND = {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"}


def run_code(code: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Run Python code in a new process."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def restored_sigint() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)


@contextmanager
def serving(
    directory: Path,
    port: int,
    *arguments: str,
    until: str = "Listening on",
    launcher: Sequence[str] = (),
    **settings: str,
) -> Generator[tuple["subprocess.Popen[str]", str]]:
    """A started bot, and its log so far. The launcher is the command that starts it."""
    process = subprocess.Popen(
        [*launcher, sys.executable, "-m", "parley", *arguments],
        cwd=directory,
        env=clean_environment(**(PLAYGROUND | {"PORT": str(port)} | settings)),
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
            if until in line:
                break
        yield process, log
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["feedback", "export", "--help"]])
def test_informational_commands_do_not_load_the_bot(tmp_path: Path, arguments: list[str]):
    code = (
        "import sys; from parley.__main__ import main\n"
        f"try: main({arguments})\n"
        "except SystemExit: print({'microsoft_teams', 'openai', 'pydantic', 'sqlalchemy'} & set(sys.modules))"
    )
    result = run_code(code, tmp_path)

    assert result.stdout.endswith("set()\n")


def test_an_sqlite_file_that_another_bot_uses_is_reported(tmp_path: Path, port: int):
    with serving(tmp_path, port):
        result = parley(tmp_path, PORT=str(free_port()), **PLAYGROUND)

    assert result.code == 1
    [line] = result.errors
    assert f"another bot uses {tmp_path / 'parley.db'}" in line and "DATABASE_URL" in line


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process could handle")
@pytest.mark.parametrize("in_background", [False, True])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(
    tmp_path: Path, port: int, how: signal.Signals, in_background: bool, restored_sigint: None
):
    """A shell starts background commands with SIGINT ignored."""
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


def test_the_start_names_the_model_and_hides_the_key(tmp_path: Path, port: int):
    url = "http://localhost/v1?key=password"

    with serving(tmp_path, port, OPENAI_API_KEY="the-long-key", OPENAI_BASE_URL=url, OPENAI_MODEL="llama") as (_, log):
        assert "Answering with llama at localhost\n" in log
        assert "password" not in log and "the-long-key" not in log


def test_the_start_of_an_open_bot_has_no_warning(tmp_path: Path, port: int):
    with serving(tmp_path, port) as (_, log):
        pass

    assert [line for line in log.splitlines() if " INFO " not in line] == []
    assert log.endswith(f"Listening on http://127.0.0.1:{port}/api/messages (open: requests need no token)\n")


def test_the_start_of_a_bot_with_credentials_warns_of_its_tenant(tmp_path: Path, port: int):
    credentials = {"CLIENT_ID": "00000000-0000-0000-0000-000000000001", "CLIENT_SECRET": "secret-of-the-tests"}
    with serving(tmp_path, port, DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS="", **credentials) as (_, log):
        pass

    assert "TENANT_ID is not set" in log
    assert log.endswith("/api/messages\n")


def test_only_the_deprecated_packages_are_silenced(tmp_path: Path):
    code = "import parley.app, warnings; warnings.warn('something else is deprecated', FutureWarning)"

    result = run_code(code, tmp_path)

    assert "microsoft-teams-ai is deprecated" not in result.stderr
    assert "microsoft-teams-openai is deprecated" not in result.stderr
    assert "something else is deprecated" in result.stderr


class TestProbes:
    def test_report_that_the_process_is_alive_and_ready(self, tmp_path: Path, port: int):
        with serving(tmp_path, port):
            alive, ready = (httpx.get(f"http://127.0.0.1:{port}/{probe}") for probe in ("healthz", "readyz"))

        assert (alive.status_code, ready.status_code) == (200, 200)

    def test_report_an_unusable_database(self, tmp_path: Path, port: int):
        with serving(tmp_path, port):
            Disk(tmp_path / "parley.db").execute("UPDATE alembic_version SET version_num = '9999'")
            alive, ready = (httpx.get(f"http://127.0.0.1:{port}/{probe}") for probe in ("healthz", "readyz"))

        assert (alive.status_code, ready.status_code) == (200, 503)
        assert ready.json() == {"status": "not ready", "reason": "the database cannot be used; the log says why"}


class Listener:
    """The requests of a server, and the events of one that waits."""

    def __init__(self) -> None:
        self.has_request = threading.Event()
        self.may_answer = threading.Event()
        self.taken: list[dict[str, Any]] = []


@pytest.fixture
def slow_model() -> Iterator[tuple[Listener, str]]:
    """A server with a model that answers after `may_answer` is set, and with a connector."""
    state = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path.startswith("/v1/"):
                state.has_request.set()
                state.may_answer.wait(60)
                chunk = {"choices": [{"index": 0, "delta": {"content": "The answer."}, "finish_reason": "stop"}]}
                self._answer(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", "text/event-stream")
            else:
                state.taken.append(body)
                self._answer('{"id": "1"}', "application/json")

        do_PUT = do_POST

        def _answer(self, text: str, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state, f"http://127.0.0.1:{server.server_port}"
        state.may_answer.set()
        server.shutdown()


def send(port: int, url: str, id: str, text: str = "Hi") -> int:
    """Send a message to the bot in a group. Return the status."""
    message = {
        "type": "message",
        "id": id,
        "channelId": "msteams",
        "serviceUrl": url,
        "from": {"id": "29:ada", "name": "Ada"},
        "recipient": {"id": "28:bot", "name": "Parley"},
        "conversation": {"id": "19:group", "conversationType": "groupChat", "isGroup": True},
        "text": f"<at>Parley</at> {text}",
        "entities": [{"type": "mention", "mentioned": {"id": "28:bot", "name": "Parley"}, "text": "<at>Parley</at>"}],
    }
    return httpx.post(f"http://127.0.0.1:{port}/api/messages", json=message).status_code


@pytest.mark.skipif(os.name == "nt", reason="Windows does not limit file descriptors")
def test_silent_connections_lock_nobody_out(tmp_path: Path, port: int):
    few_descriptors = ("sh", "-c", 'ulimit -n 256 && exec "$@"', "sh")
    with serving(tmp_path, port, launcher=few_descriptors) as (bot, _), ExitStack() as clients:
        for number in range(300):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.send(b"" if number % 2 else b"GET /")
        for _ in range(50):
            garbage = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            garbage.send(b"nonsense\r\n\r\n")
        status = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=10).status_code
        bot.send_signal(signal.SIGTERM)
        _, log = bot.communicate(timeout=30)

    assert status == 200 and bot.returncode == 0
    assert len(log.splitlines()) < 20 and "Too many connections" in log and "Traceback" not in log


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process could handle")
def test_a_thread_that_hangs_does_not_keep_the_process(tmp_path: Path, port: int):
    """The thread resolves the model's host, in the executor that asyncio waits for at its end."""
    code = (
        "import socket, sys, time; from parley import serving; from parley.__main__ import main\n"
        "serving.CLOSING_GRACE = 1\n"
        "look_up = socket.getaddrinfo\n"
        "def hang(host, *more, **options):\n"
        "    if host != 'model.example': return look_up(host, *more, **options)\n"
        "    print('hanging', file=sys.stderr, flush=True); time.sleep(600)\n"
        "socket.getaddrinfo = hang\n"
        "main(['serve'])"
    )
    model = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "http://model.example/v1", "OPENAI_MODEL": "m"}
    settings = PLAYGROUND | model | {"PORT": str(port), "SHUTDOWN_GRACE": "0"}
    environment = clean_environment(**settings)
    bot = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert bot.stderr
        assert any("Listening on" in line for line in bot.stderr)
        assert send(port, "http://127.0.0.1:9", "1") == 200
        assert any("hanging" in line for line in bot.stderr)
        bot.send_signal(signal.SIGTERM)
        _, log = bot.communicate(timeout=20)
    finally:
        bot.kill()

    assert "in hang" in log


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process could handle")
class TestStop:
    @pytest.fixture
    def model(self, slow_model: tuple[Listener, str]) -> dict[str, str]:
        return {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": f"{slow_model[1]}/v1", "OPENAI_MODEL": "slow"}

    def test_lets_an_answer_end_while_it_reports_not_ready(
        self, tmp_path: Path, port: int, slow_model: tuple[Listener, str], model: dict[str, str]
    ):
        listener, url = slow_model
        with serving(tmp_path, port, **model) as (bot, _):
            send(port, url, "1")
            assert listener.has_request.wait(30)
            bot.send_signal(signal.SIGTERM)
            assert bot.stderr
            assert any("Stopping" in line for line in bot.stderr)
            alive, ready = (httpx.get(f"http://127.0.0.1:{port}/{probe}") for probe in ("healthz", "readyz"))
            late = send(port, url, "2", "Am I too late?")
            listener.may_answer.set()
            bot.communicate(timeout=30)

        assert (alive.status_code, ready.status_code) == (200, 503)
        assert ready.json() == {"status": "not ready", "reason": "stopping"}
        assert late == 200
        assert [sent["text"] for sent in listener.taken if sent["type"] == "message"] == ["The answer."]
        assert bot.returncode == 0

    def test_leaves_unfinished_turns_to_the_next_process(
        self, tmp_path: Path, port: int, slow_model: tuple[Listener, str], model: dict[str, str]
    ):
        listener, url = slow_model
        with serving(tmp_path, port, SHUTDOWN_GRACE="0", **model) as (bot, _):
            send(port, url, "1")
            assert listener.has_request.wait(30)
            bot.send_signal(signal.SIGTERM)
            _, log = bot.communicate(timeout=30)
        listener.may_answer.set()
        with serving(tmp_path, port, until="Answered", **model):
            pass

        assert bot.returncode == 0 and "Traceback" not in log
        assert [sent["text"] for sent in listener.taken if sent["type"] == "message"] == ["The answer."]

    def test_a_second_signal_ends_the_grace(
        self, tmp_path: Path, port: int, slow_model: tuple[Listener, str], model: dict[str, str]
    ):
        listener, url = slow_model
        with serving(tmp_path, port, SHUTDOWN_GRACE="600", **model) as (bot, _):
            send(port, url, "1")
            assert listener.has_request.wait(30)
            bot.send_signal(signal.SIGTERM)
            assert bot.stderr
            assert any("Stopping" in line for line in bot.stderr)
            bot.send_signal(signal.SIGTERM)
            _, log = bot.communicate(timeout=30)

        assert bot.returncode == 0 and "Traceback" not in log


def test_a_second_process_on_the_port_takes_no_turns(tmp_path: Path, port: int, slow_model: tuple[Listener, str]):
    listener, url = slow_model
    model = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_MODEL": "slow"}
    with serving(tmp_path, port, **model):
        send(port, url, "1")
        assert listener.has_request.wait(30)
        listener.has_request.clear()
        second = parley(tmp_path, PORT=str(port), **PLAYGROUND, **model)

    assert second.code == 1 and not listener.has_request.is_set()


class TestSeveralProcesses:
    def test_only_db_upgrade_prepares_postgresql(self, tmp_path: Path, port: int, postgres: PostgresServer):
        with postgres.database() as name:
            url = postgres.url(name)
            before = parley(tmp_path, PORT=str(port), DATABASE_URL=url, **PLAYGROUND)
            upgraded = parley(tmp_path, "db", "upgrade", DATABASE_URL=url)
            with serving(tmp_path, port, DATABASE_URL=url):
                ready = httpx.get(f"http://127.0.0.1:{port}/readyz")

        assert before.code == 1 and "run 'parley db upgrade'" in before.errors[0]
        assert upgraded.code == 0 and ready.status_code == 200

    def test_one_process_accepts_and_another_answers(
        self, tmp_path: Path, port: int, prepared: str, postgres: PostgresServer, slow_model: tuple[Listener, str]
    ):
        listener, url = slow_model
        database = {"DATABASE_URL": postgres.url(prepared)}
        with serving(tmp_path, port, "serve", "--no-worker", **database):
            status = send(port, url, "1")
            with serving(tmp_path, port, "worker", until="Answered", **database):
                pass

        assert status == 200
        [answer] = [sent for sent in listener.taken if sent["type"] == "message"]
        assert "demo" in answer["text"]

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process could handle")
    def test_a_worker_answers_probes_and_nothing_else(
        self, tmp_path: Path, port: int, prepared: str, postgres: PostgresServer, slow_model: tuple[Listener, str]
    ):
        settings = {"DATABASE_URL": postgres.url(prepared), "PROBE_PORT": str(port), "PORT": str(free_port())}
        with serving(tmp_path, port, "worker", until="Answering", **settings) as (worker, log):
            alive, ready = (httpx.get(f"http://127.0.0.1:{port}/{probe}") for probe in ("healthz", "readyz"))
            refused = send(port, slow_model[1], "1")
            second = parley(tmp_path, "worker", **PLAYGROUND, **settings)
            worker.send_signal(signal.SIGTERM)
            _, rest = worker.communicate(timeout=30)

        assert f"Probes on http://127.0.0.1:{port}" in log
        assert (alive.status_code, ready.status_code, refused) == (200, 200, 404)
        assert second.code == 1 and "set PROBE_PORT to another" in second.errors[0]
        assert worker.returncode == 0 and "Traceback" not in rest
