"""Local models of Ollama, LM Studio and Foundry Local, which need no account.

`find` lists them. `settings_for` returns the settings of a bot with one of them. Requests go only to the loopback.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

# Seconds for each request. A local server responds at once.
TIMEOUT = 2

OLLAMA, LM_STUDIO = "http://127.0.0.1:11434", "http://127.0.0.1:1234"

# The settings of remote models. A local model must not receive their keys.
OTHERS = (
    *("OPENAI_API", "OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_MODEL"),
    *("AZURE_OPENAI_API_VERSION", "AZURE_OPENAI_API_KEY"),
)

# Ollama takes a name without a tag for this one.
_DEFAULT_TAG = ":latest"

# Another program may listen at a server's port, and send anything.
_UNEXPECTED = (OSError, HTTPException, ValueError, LookupError, TypeError, OverflowError, RecursionError)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Makes each redirect a failure, because it may lead to another machine."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


class Server(NamedTuple):
    """A program that serves models on this machine."""

    name: str
    find: Callable[[], str | None]
    """Returns its address; None if it is not running."""
    models: Callable[[str], list[str]]
    """Returns the names of the models at its address."""
    how_to_start: str
    how_to_get_a_model: str


def find() -> list[str]:
    """Return the models on this machine, as `--model` takes them."""
    return [f"{key}:{model}" for key, server in SERVERS.items() for model in _models_of(server, server.find()) or ()]


def settings_for(choice: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings for a model. Exit with advice if it is missing.

    Args:
        choice: the value of `--model`, for example `ollama:NAME`.
        settings: the user's settings.
    """
    key, _, wanted = choice.partition(":")
    if key not in SERVERS or not wanted:
        sys.exit(f"--model is {choice!r}: expected one of {', '.join(f'{each}:NAME' for each in SERVERS)}")
    server = SERVERS[key]
    address = server.find()
    models = _models_of(server, address)
    if address is None or models is None:
        where = f"at {address}" if address else "on this machine"
        sys.exit(f"{server.name} does not answer {where}. Start it ({server.how_to_start}), then run this again.")
    model = wanted.removesuffix(_DEFAULT_TAG)
    if model not in models:
        known = f"It has {', '.join(models)}." if models else "It has none."
        sys.exit(f"{server.name} has no model {wanted!r}. {known} To get one: {server.how_to_get_a_model}")
    # Before its first word a model may have to be loaded from a slow disk.
    suitable = {"MODEL_TIMEOUT": "300"}
    if key == "ollama" and _lacks_tools(address, model):
        suitable["MODEL_MAX_TOOL_ROUNDS"] = "0"
    return {
        **dict.fromkeys(OTHERS, ""),
        **{name: value for name, value in suitable.items() if not settings.get(name)},
        "OPENAI_BASE_URL": f"{address}/v1",
        "OPENAI_MODEL": model,
    }


def _models_of(server: Server, address: str | None) -> list[str] | None:
    """Return the models of a server; None if it is not running or responds unexpectedly."""
    try:
        return server.models(address) if address else None
    except _UNEXPECTED:
        return None


def _ask(url: str, body: object = None) -> Any:
    """Return the JSON at a URL."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with _LOCAL.open(request, timeout=TIMEOUT) as answer:
        return json.load(answer)


def _texts(names: Any) -> list[str]:
    """Return the names as they are.

    Raises:
        ValueError: they are no list of texts.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in cast("list[object]", names)):
        raise ValueError
    return cast("list[str]", names)


def _find_ollama() -> str:
    """Return the address in Ollama's own setting if that is this machine, else the default."""
    setting = os.environ.get("OLLAMA_HOST", "").strip()
    has_scheme = "://" in setting
    with suppress(ValueError):
        url = urlsplit(setting if has_scheme else f"http://{setting}")
        port = url.port or (80 if has_scheme else 11434)
        host = url.hostname or ("127.0.0.1" if url.port else "")
        if host != "localhost":
            ip = ip_address(host)
            # At 0.0.0.0 Ollama listens at the loopback, too.
            host = "127.0.0.1" if ip.is_unspecified else str(ip) if ip.is_loopback else ""
        if host and url.scheme == "http":
            return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return OLLAMA


def _ollama(address: str) -> list[str]:
    names = _texts([model["name"] for model in _ask(f"{address}/api/tags")["models"]])
    return [name.removesuffix(_DEFAULT_TAG) for name in names if "embed" not in name]


def _lacks_tools(address: str, model: str) -> bool:
    """Return True if the model has no tools. Ollama would refuse each request with tools."""
    with suppress(*_UNEXPECTED):
        return "tools" not in _ask(f"{address}/api/show", {"model": model})["capabilities"]
    return False


def _lm_studio(address: str) -> list[str]:
    names = _texts([model["id"] for model in _ask(f"{address}/v1/models")["data"]])
    return [name for name in names if "embed" not in name]


def _find_foundry() -> str | None:
    """Return the address from Foundry Local's command: the port changes at each start."""
    command = shutil.which("foundry")
    if not command:
        return None
    # `server` since version 1, `service` before.
    for noun in ("server", "service"):
        with suppress(OSError, ValueError, subprocess.SubprocessError):
            status = subprocess.run(
                [command, noun, "status"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT
            )
            address = re.search(r"http://(?:127\.0\.0\.1|localhost):\d+", status.stdout)
            if address:
                return address[0]
    return None


def _foundry(address: str) -> list[str]:
    """Return the loaded models. Foundry Local cannot use others."""
    try:
        loaded = _ask(f"{address}/models/loaded")
    except urllib.error.HTTPError:  # before version 0.10
        loaded = _ask(f"{address}/openai/loadedmodels")
    return _texts(loaded)


SERVERS = {
    "ollama": Server("Ollama", _find_ollama, _ollama, "ollama serve", "ollama pull NAME"),
    "lmstudio": Server("LM Studio", lambda: LM_STUDIO, _lm_studio, "lms server start", "lms get NAME"),
    "foundry": Server("Foundry Local", _find_foundry, _foundry, "foundry model run NAME", "foundry model load NAME"),
}
