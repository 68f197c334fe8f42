"""The models of Ollama, LM Studio and Foundry Local, by servers that answer as those do."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from programs import program

import banner
import local_models


class ModelServer:
    """A server on this machine; `pages` has the JSON of its answers by their paths."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.redirects: dict[str, tuple[int, str]] = {}
        """The status and the address by their paths."""
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                if self.path in outer.redirects:
                    status, address = outer.redirects[self.path]
                    self.send_response(status)
                    self.send_header("Location", address)
                    self.end_headers()
                    return
                page = outer.pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.end_headers()
                self.wfile.write(page if isinstance(page, bytes) else json.dumps(page).encode())

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}"

    def has_ollama_models(self, *names: str, capabilities: tuple[str, ...] = ("completion", "tools")) -> None:
        self.pages = {
            "/api/tags": {"models": [{"name": name, "model": name, "size": 1} for name in names]},
            "/api/show": {"capabilities": capabilities, "details": {"family": "llama"}},
        }


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """The only server on this machine."""
    for name in ("OLLAMA", "LM_STUDIO"):
        monkeypatch.setattr(local_models, name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    # It would be asked instead.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server = ModelServer()
    threading.Thread(target=server.http.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def ollama(here: ModelServer, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    monkeypatch.setattr(local_models, "OLLAMA", here.address)
    return here


@pytest.fixture
def lm_studio(here: ModelServer, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    monkeypatch.setattr(local_models, "LM_STUDIO", here.address)
    return here


@pytest.fixture
def foundry(here: ModelServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModelServer:
    """Foundry Local of version 1, whose command says where it listens."""
    says = f'echo "Model management server is running on {here.address}/status"'
    program(tmp_path / "bin/foundry", f'if [ "$1 $2" = "server status" ]; then {says}; else exit 1; fi')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return here


@pytest.mark.usefixtures("here")
def test_a_machine_without_servers_has_no_models() -> None:
    assert local_models.find() == []


def test_the_models_of_ollama_are_found(ollama: ModelServer) -> None:
    ollama.has_ollama_models("llama3.2:latest", "phi4:14b", "nomic-embed-text:latest")

    assert local_models.find() == ["ollama:llama3.2", "ollama:phi4:14b"]
    assert ollama.asked == ["/api/tags"]


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", ":{}", "0.0.0.0:{}", " http://127.0.0.1:{}/ "])
def test_ollama_is_asked_at_its_own_setting(here: ModelServer, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    here.has_ollama_models("llama3.2")
    monkeypatch.setenv("OLLAMA_HOST", host.format(here.http.server_port))

    assert local_models.find() == ["ollama:llama3.2"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.2:8", "http://127.0.0.2:8"),
        ("[::1]:8", "http://[::1]:8"),
        ("[::]:8", "http://127.0.0.1:8"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("http://localhost", "http://localhost:80"),
        *((host, "http://127.0.0.1:9") for host in ("", "gpu.example:8", "192.0.2.1:8", "https://127.0.0.1:8")),
        *((host, "http://127.0.0.1:9") for host in ("127.0.0.1@gpu.example:8", "127.0.0.1:99999", "localhost:x", "[")),
    ],
)
@pytest.mark.usefixtures("here")
def test_ollama_is_asked_on_this_machine_only(monkeypatch: pytest.MonkeyPatch, host: str, address: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)

    assert local_models.SERVERS["ollama"].find() == address


def test_the_models_of_lm_studio_are_found(lm_studio: ModelServer) -> None:
    models = [{"id": name, "object": "model"} for name in ("qwen/qwen3-4b", "text-embedding-nomic-embed-text-v1.5")]
    lm_studio.pages["/v1/models"] = {"object": "list", "data": models}

    assert local_models.find() == ["lmstudio:qwen/qwen3-4b"]


@pytest.mark.process
def test_the_loaded_models_of_foundry_local_are_found(foundry: ModelServer) -> None:
    foundry.pages["/models/loaded"] = ["phi-4-mini"]

    assert local_models.find() == ["foundry:phi-4-mini"]


@pytest.mark.process
def test_an_older_foundry_local_is_asked_in_its_own_way(foundry: ModelServer, tmp_path: Path) -> None:
    says = f'echo "Model management service is running on {foundry.address}/openai/status"'
    program(tmp_path / "bin/foundry", f'if [ "$1 $2" = "service status" ]; then {says}; else exit 1; fi')
    foundry.pages["/openai/loadedmodels"] = ["Phi-4-mini-instruct-generic-cpu:5"]

    assert local_models.find() == ["foundry:Phi-4-mini-instruct-generic-cpu:5"]


@pytest.mark.parametrize(
    "page",
    [
        *(b"", b"<html>", b"\xff", b"[" * 100_000, [], {"models": None}, {"models": [{}]}, {"models": ["llama"]}),
        *({"models": [{"name": name}]} for name in (None, 7, ["llama"], {})),
    ],
)
def test_a_server_that_answers_otherwise_is_none(ollama: ModelServer, page: object) -> None:
    ollama.pages["/api/tags"] = page

    assert local_models.find() == []


@pytest.mark.parametrize("id", [None, 7, ["qwen"], {}])
def test_a_model_whose_id_is_no_text_is_none(lm_studio: ModelServer, id: object) -> None:
    lm_studio.pages["/v1/models"] = {"data": [{"id": id}]}

    assert local_models.find() == []


@pytest.mark.process
@pytest.mark.parametrize("page", [None, 7, "phi-4-mini", {"phi-4-mini": 1}, [7]])
def test_a_list_of_loaded_models_that_is_none_has_none(foundry: ModelServer, page: object) -> None:
    foundry.pages["/models/loaded"] = page if page is not None else b"null"

    assert local_models.find() == []


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b""]
)
def test_a_program_that_speaks_no_http_is_no_server(
    ollama: ModelServer, monkeypatch: pytest.MonkeyPatch, greeting: bytes
) -> None:
    ollama.has_ollama_models("llama3.2")
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(local_models, "LM_STUDIO", f"http://127.0.0.1:{other.getsockname()[1]}")
        threading.Thread(target=greet, args=(other, greeting), daemon=True).start()

        assert local_models.find() == ["ollama:llama3.2"]
        with pytest.raises(SystemExit, match="LM Studio does not answer"):
            local_models.settings_for("lmstudio:qwen", {})


def greet(listener: socket.socket, greeting: bytes) -> None:
    """Answer two connections with these bytes."""
    for _ in range(2):
        connection, _ = listener.accept()
        with connection:
            connection.sendall(greeting)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1000):
                pass


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(lm_studio: ModelServer, status: int) -> None:
    lm_studio.redirects["/v1/models"] = (status, f"http://localhost:{lm_studio.http.server_port}/elsewhere")
    lm_studio.pages["/elsewhere"] = {"data": [{"id": "qwen"}]}

    assert local_models.find() == []
    assert lm_studio.asked == ["/v1/models"]


def test_a_model_whose_details_are_odd_keeps_its_tools(ollama: ModelServer) -> None:
    ollama.has_ollama_models("llama3.2")
    ollama.pages["/api/show"] = {"capabilities": 7}

    assert "MODEL_MAX_TOOL_ROUNDS" not in local_models.settings_for("ollama:llama3.2", {})


@pytest.mark.parametrize("choice", ["ollama:llama3.2", "ollama:llama3.2:latest"])
def test_the_settings_name_the_model_and_leave_out_others(ollama: ModelServer, choice: str) -> None:
    ollama.has_ollama_models("llama3.2:latest")

    settings = local_models.settings_for(choice, {"OPENAI_API_KEY": "a key that stays here"})

    given = {name: value for name, value in settings.items() if value}
    assert given == {
        "OPENAI_BASE_URL": f"{ollama.address}/v1",
        "OPENAI_MODEL": "llama3.2",
        "MODEL_TIMEOUT": "300",
    }
    assert settings["OPENAI_API_KEY"] == settings["AZURE_OPENAI_ENDPOINT"] == ""


def test_a_model_without_tools_gets_none(ollama: ModelServer) -> None:
    ollama.has_ollama_models("gemma:2b", capabilities=("completion",))

    assert local_models.settings_for("ollama:gemma:2b", {})["MODEL_MAX_TOOL_ROUNDS"] == "0"


def test_the_users_own_limits_stay(ollama: ModelServer) -> None:
    ollama.has_ollama_models("gemma:2b", capabilities=("completion",))
    own = {"MODEL_TIMEOUT": "20", "MODEL_MAX_TOOL_ROUNDS": "3"}

    assert own.keys() & local_models.settings_for("ollama:gemma:2b", own).keys() == set()


@pytest.mark.parametrize("choice", ["gpt-4o", "ollama", "ollama:", "openai:gpt-4o"])
def test_an_unknown_server_is_refused_with_those_known(choice: str) -> None:
    with pytest.raises(SystemExit, match="expected one of ollama:NAME, lmstudio:NAME, foundry:NAME"):
        local_models.settings_for(choice, {})


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("choice", "advice"),
    [
        ("ollama:llama3.2", r"Ollama does not answer at http://127\.0\.0\.1:9\. Start it \(ollama serve\)"),
        ("lmstudio:qwen", r"LM Studio does not answer at http://127\.0\.0\.1:9\. Start it \(lms server start\)"),
        ("foundry:phi-4-mini", r"Foundry Local does not answer on this machine\. Start it \(foundry model run NAME\)"),
    ],
)
def test_a_server_that_is_not_running_is_named(choice: str, advice: str) -> None:
    with pytest.raises(SystemExit, match=advice):
        local_models.settings_for(choice, {})


@pytest.mark.parametrize(
    ("names", "known"), [((), "It has none."), (("phi4:14b", "qwen3:4b"), "It has phi4:14b, qwen3:4b.")]
)
def test_a_missing_model_is_named_with_those_there(ollama: ModelServer, names: tuple[str, ...], known: str) -> None:
    ollama.has_ollama_models(*names)

    with pytest.raises(SystemExit) as end:
        local_models.settings_for("ollama:llama3.2", {})
    assert end.value.code == f"Ollama has no model 'llama3.2'. {known} To get one: ollama pull NAME"


def shown(capsys: pytest.CaptureFixture[str], settings: dict[str, str]) -> list[str]:
    banner.Banner(settings).show("Chat with Parley at http://localhost:56150")
    return capsys.readouterr().out.strip().splitlines()


@pytest.mark.usefixtures("here")
def test_the_banner_of_the_demo_model_says_how_to_connect(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, {"OPENAI_API_KEY": ""}) == [
        "Chat with Parley at http://localhost:56150",
        "Answers come from the demo model",
        "For a real model, set OPENAI_API_KEY and OPENAI_MODEL in .env, or see README.md",
        "Ctrl-C stops",
    ]


def test_the_banner_names_the_models_of_this_machine(ollama: ModelServer, capsys: pytest.CaptureFixture[str]) -> None:
    ollama.has_ollama_models("llama3.2:latest", "phi4:14b", "qwen3:4b", "mistral:7b")

    command = "python3 scripts/run.py --model ollama:llama3.2"
    others = "ollama:phi4:14b, ollama:qwen3:4b"
    assert shown(capsys, {})[2] == f"For a real model of this machine: {command} (also here: {others})"


@pytest.mark.parametrize(
    ("settings", "model"),
    [
        ({"OPENAI_API_KEY": "key", "OPENAI_MODEL": "gpt"}, "gpt at OpenAI"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1", "OPENAI_MODEL": "llama"}, "llama at localhost:11434"),
        (
            {"OPENAI_API_KEY": "key", "AZURE_OPENAI_ENDPOINT": "https://x.example/", "AZURE_OPENAI_MODEL": "gpt"},
            "gpt at x.example",
        ),
    ],
)
def test_the_banner_of_a_real_model_names_it(
    ollama: ModelServer, capsys: pytest.CaptureFixture[str], settings: dict[str, str], model: str
) -> None:
    assert shown(capsys, settings)[1:] == [f"Answers come from {model}", "Ctrl-C stops"]
    assert ollama.asked == []
