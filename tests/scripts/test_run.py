import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from programs import SCRIPTS

from doubles.machine import free_ports

pytestmark = pytest.mark.process

# run.py as it is, between stand-ins: its environment is ready, and what it starts are the two programs below.
DRIVER = """
import os, sys, console, environment, local_models, playground, run
from pathlib import Path
local_models.OLLAMA = local_models.LM_STUDIO = os.environ.get("MODELS_AT", "http://127.0.0.1:9")
environment.ROOT = Path.cwd()
environment.ensure = lambda: Path(sys.executable)
playground.install = lambda python: [str(python), "client.py"]
console.run(run.main)
"""

BOT = """
import json, os, signal, socket, subprocess, sys, time
json.dump(dict(os.environ), open("bot.json", "w"))
print("the bot's log", flush=True)
if "BOT_FAILS" in os.environ:
    sys.exit(3)
if "BOT_IS_STUBBORN" in os.environ:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
def look_for_playground(*_):
    socket.create_connection(("127.0.0.1", int(os.environ["BOT_LOOKS_FOR"]))).close()
    print("the Playground is still there", flush=True)
    os._exit(0)
if "BOT_LOOKS_FOR" in os.environ:
    signal.signal(signal.SIGTERM, look_for_playground)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
time.sleep(600)
"""

PLAYGROUND = """
import json, os, socket, sys, time
json.dump([sys.argv[1:], dict(os.environ)], open("playground.json", "w"))
print("the Playground's log", flush=True)
server = socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("-p") + 1])))
while "PLAYGROUND_FAILS" not in os.environ:
    time.sleep(600)
server.accept()  # it has been seen to answer
with open(os.environ["M365_AGENTS_PLAYGROUND_LOGFILE"], "w") as log:
    log.write("why it failed")
sys.exit(4)
"""


class Run:
    """A run of run.py, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.output = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.output += line

    def until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not done():
            assert time.monotonic() < deadline, self.output
            assert self.process.poll() is None, self.output
            time.sleep(0.02)

    def until_ready(self) -> None:
        self.until(lambda: "Ctrl-C stops" in self.output)

    def end(self) -> int:
        """Wait for the end, of this script and of everything it has started: all of them hold the output."""
        self._reader.join(timeout=20)
        assert not self._reader.is_alive(), f"something still runs: {self.output}"
        return self.process.wait(timeout=20)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.end()


Start = Callable[..., Run]


@pytest.fixture
def ports() -> tuple[int, int]:
    first, second = free_ports(2)
    return first, second


@pytest.fixture
def start(tmp_path: Path, ports: tuple[int, int]) -> Iterator[Start]:
    """Starts run.py in a directory of its own; what is still running at the end of the test is stopped."""
    (tmp_path / "parley").mkdir()
    (tmp_path / "parley" / "__init__.py").touch()
    (tmp_path / "parley" / "__main__.py").write_text(BOT, encoding="utf-8")
    (tmp_path / "client.py").write_text(PLAYGROUND, encoding="utf-8")
    (tmp_path / ".tools").mkdir()

    def run(*arguments: str, **variables: str) -> Run:
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SCRIPTS), "PORT": str(ports[0]), **variables}
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, "--playground-port", str(ports[1]), *arguments],
            cwd=tmp_path,
            env={name: value for name, value in variables.items() if value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        run = Run(running.enter_context(process))
        running.callback(run.stop)
        return run

    with ExitStack() as running:
        yield run


def test_one_command_starts_the_bot_and_the_playground(start: Start, tmp_path: Path, ports: tuple[int, int]) -> None:
    run = start()
    run.until_ready()
    assert f"Chat with Parley at http://localhost:{ports[1]}\n" in run.output
    assert "the bot's log\n" in run.output
    assert "the Playground's log" not in run.output
    bot = json.loads((tmp_path / "bot.json").read_text(encoding="utf-8"))
    assert bot["PORT"] == str(ports[0])
    assert bot["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"] == "true"
    arguments, client = json.loads((tmp_path / "playground.json").read_text(encoding="utf-8"))
    endpoint = f"http://127.0.0.1:{ports[0]}/api/messages"
    assert arguments == ["-e", endpoint, "-c", "msteams", "-p", str(ports[1]), "--disable-telemetry"]
    assert client["TEAMSAPPTESTER_BROWSER"] == "none"


def test_the_start_ends_with_the_model_and_how_to_connect_one(start: Start) -> None:
    run = start()
    run.until_ready()
    assert run.output.strip().splitlines()[-3:] == [
        "Answers come from the demo model",
        "For a real model, set OPENAI_API_KEY and OPENAI_MODEL in .env, or see README.md",
        "Ctrl-C stops",
    ]


def test_a_model_of_this_machine_answers_on_request(start: Start, tmp_path: Path) -> None:
    class Ollama(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"models": [{"name": "llama3.2:latest"}]}).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    (tmp_path / ".env").write_text("OPENAI_API_KEY=a-key\nOPENAI_MODEL=gpt\n", encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), Ollama) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        run = start("--model", "ollama:llama3.2", MODELS_AT=f"http://{address}")
        run.until_ready()
        server.shutdown()
    assert f"Answers come from llama3.2 at {address}\nCtrl-C stops\n" in run.output
    bot = json.loads((tmp_path / "bot.json").read_text(encoding="utf-8"))
    assert (bot["OPENAI_BASE_URL"], bot["OPENAI_MODEL"]) == (f"http://{address}/v1", "llama3.2")
    assert bot["OPENAI_API_KEY"] == ""


def test_a_model_that_is_not_there_is_reported_before_the_start(start: Start, tmp_path: Path) -> None:
    run = start("--model", "lmstudio:qwen")
    assert run.end() == 1
    assert run.output.startswith("LM Studio does not answer at http://127.0.0.1:9. Start it")
    assert not (tmp_path / "bot.json").exists()


def test_the_playgrounds_log_is_shown_on_request(start: Start) -> None:
    run = start("--verbose")
    run.until_ready()
    assert "the Playground's log\n" in run.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_both_and_their_children(start: Start, number: signal.Signals) -> None:
    run = start()
    run.until_ready()
    assert run.stop(number) == 0
    assert run.output.endswith("\nStopping ...\n")


def test_the_playground_stays_until_the_bot_has_answered(start: Start, ports: tuple[int, int]) -> None:
    run = start(BOT_LOOKS_FOR=str(ports[1]))
    run.until_ready()
    assert run.stop() == 0
    assert "the Playground is still there" in run.output


def test_a_second_signal_ends_a_bot_that_does_not_stop(start: Start) -> None:
    run = start(BOT_IS_STUBBORN="1")
    run.until_ready()
    run.process.send_signal(signal.SIGINT)
    run.until(lambda: "Stopping" in run.output)
    assert run.stop(signal.SIGINT) == 0


def test_a_signal_during_the_start_stops_everything(start: Start, tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("import time; time.sleep(600)", encoding="utf-8")
    run = start()
    run.until(lambda: "the bot's log" in run.output)
    assert run.stop(signal.SIGINT) == 0


def test_a_bot_that_fails_to_start_is_reported_with_its_output(start: Start, tmp_path: Path) -> None:
    run = start(BOT_FAILS="1")
    assert run.end() == 3
    assert run.output == "the bot's log\nParley ended unexpectedly with exit code 3.\n"
    assert not (tmp_path / "playground.json").exists()


def test_a_failing_playground_is_reported_and_stops_the_bot(start: Start) -> None:
    run = start(PLAYGROUND_FAILS="1")
    assert run.end() == 4
    assert run.output.endswith("why it failed\nThe Playground ended unexpectedly with exit code 4.\n")


@pytest.mark.parametrize(("index", "option"), [(0, "--port"), (1, "--playground-port")])
def test_a_port_in_use_is_reported_before_the_start(
    start: Start, tmp_path: Path, ports: tuple[int, int], index: int, option: str
) -> None:
    with closing(socket.create_server(("127.0.0.1", ports[index]))):
        run = start()
        assert run.end() == 1
    message = f"Port {ports[index]} is in use. Stop what listens there, or choose another port with {option}.\n"
    assert run.output == message
    assert not (tmp_path / "bot.json").exists()


def test_an_invalid_port_is_refused_in_one_line(start: Start) -> None:
    run = start(PORT="many")
    assert run.end() == 1
    assert run.output == "PORT is 'many': expected a port number from 1 to 65535\n"

    run = start("--port", "many")
    assert run.end() == 2
    assert run.output.splitlines()[-1].endswith("argument --port: 'many' is not a port number from 1 to 65535")


def test_bot_and_playground_need_different_ports(start: Start, ports: tuple[int, int]) -> None:
    run = start("--port", str(ports[1]))
    assert run.end() == 2
    assert run.output.splitlines()[-1].endswith(f"cannot both listen on port {ports[1]}")


def test_the_port_may_come_from_the_env_file(start: Start, tmp_path: Path, ports: tuple[int, int]) -> None:
    (tmp_path / ".env").write_text(f"# settings\nexport PORT = '{ports[0]}'  # of the bot\n", encoding="utf-8")
    start(PORT="").until_ready()
    assert json.loads((tmp_path / "bot.json").read_text(encoding="utf-8"))["PORT"] == str(ports[0])


def test_a_playground_run_leaves_out_the_teams_credentials(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "CLIENT_ID=an-app\nCLIENT_SECRET=a-secret\nDANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS=false\n", encoding="utf-8"
    )
    run = start()
    run.until_ready()
    assert "The Playground sends no token: this run leaves the Teams credentials out.\n" in run.output
    bot = json.loads((tmp_path / "bot.json").read_text(encoding="utf-8"))
    assert (bot["CLIENT_ID"], bot["CLIENT_SECRET"]) == ("", "")
    assert bot["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"] == "true"


def test_the_bot_alone_keeps_its_credentials_and_checks_tokens(start: Start, tmp_path: Path) -> None:
    run = start("--no-playground", CLIENT_ID="an-app")
    run.until_ready()
    bot = json.loads((tmp_path / "bot.json").read_text(encoding="utf-8"))
    assert bot["CLIENT_ID"] == "an-app"
    assert "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS" not in bot
    assert not (tmp_path / "playground.json").exists()


def test_the_bot_alone_without_credentials_stays_closed(start: Start, tmp_path: Path) -> None:
    """It may stand behind a tunnel, which would bring the whole world to the loopback."""
    start("--no-playground").until_ready()
    bot = json.loads((tmp_path / "bot.json").read_text(encoding="utf-8"))
    assert "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS" not in bot


@pytest.fixture
def browser(tmp_path: Path) -> dict[str, str]:
    """The environment of someone with a screen, whose browser writes down the address."""
    (tmp_path / "browser.py").write_text("import sys; open('opened', 'w').write(sys.argv[1])", encoding="utf-8")
    return {"DISPLAY": ":0", "BROWSER": f"{sys.executable} {tmp_path / 'browser.py'} %s"}


def test_the_browser_is_opened(start: Start, tmp_path: Path, browser: dict[str, str], ports: tuple[int, int]) -> None:
    opened = tmp_path / "opened"
    start(**browser).until(lambda: opened.exists() and opened.read_text() == f"http://localhost:{ports[1]}")


@pytest.mark.parametrize(("argument", "variables"), [("--no-browser", {}), ("--verbose", {"CI": "true"})])
def test_the_browser_can_be_left_closed(
    start: Start, tmp_path: Path, browser: dict[str, str], argument: str, variables: dict[str, str]
) -> None:
    run = start(argument, **browser, **variables)
    run.until_ready()
    run.stop()
    assert not (tmp_path / "opened").exists()
