"""The value of MCP_SERVERS: the MCP servers that the bot connects to, and the tools that the model gets from them.

It has the shape that most MCP clients read: a mapping of names to servers, alone or below `mcpServers`. A server is a
program (`command`, `args`, `env`, `cwd`) with the stdio transport, or a `url` (with `headers`) with streamable HTTP.
Each has a list of `tools`, and may have a `timeout`.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .values import URL, Environment, read_text

ALL_TOOLS = "*"

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class McpServer(BaseModel):
    """An MCP server."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    tools: Annotated[tuple[str, ...], Field(min_length=1)]
    """The names of the tools that the model gets; `*` stands for all."""
    timeout: Annotated[float, Field(gt=0, le=3600)] | None = None
    """Seconds that a call may take."""
    secrets: tuple[str, ...] = Field(repr=False)
    """Texts that no log may show."""

    def offers(self, tool: str) -> bool:
        """True if the model gets the tool."""
        return tool in self.tools or ALL_TOOLS in self.tools


class StdioServer(McpServer):
    """A program on this machine. Its environment has `env`, and variables that any program needs, as PATH."""

    type: Literal["stdio"] = "stdio"
    command: Annotated[str, Field(min_length=1)]
    args: tuple[str, ...] = Field((), repr=False)
    env: dict[str, str] = Field({}, repr=False)
    cwd: str | None = None


class HttpServer(McpServer):
    """A server with the streamable HTTP transport."""

    type: Literal["http", "streamable-http", "streamableHttp"] = "http"
    url: Annotated[str, Field(pattern=URL, repr=False)]
    headers: dict[str, str] = Field({}, repr=False)


def read_servers(value: str, environment: Environment) -> tuple[McpServer, ...]:
    """Read the servers from JSON, or from `file:PATH` of it. `${NAME}` stands for a variable of `environment`.

    Raises:
        ValueError: the declaration is wrong. The line has no values, any of which may be a secret.
    """
    text = read_text(value)
    try:
        declared: object = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"is no JSON at {place}: expected JSON, or file:PATH of it") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if isinstance(declared, dict) and "mcpServers" in declared:
        declared = cast(dict[str, object], declared)["mcpServers"]
    if not isinstance(declared, dict):
        raise ValueError("does not map names to servers")
    named = cast(dict[str, object], declared)
    return tuple(_read_server(name, server, environment) for name, server in named.items())


def referred_names(value: str) -> set[str]:
    """The variables that a text or a `file:PATH` refers to; empty if the file cannot be read."""
    try:
        return set(_REFERENCE.findall(read_text(value)))
    except ValueError:
        return set()


def _read_server(name: str, declared: object, environment: Environment) -> McpServer:
    place = f"is wrong at the server {name!r}"
    if not isinstance(declared, dict) or ("command" in declared) == ("url" in declared):
        raise ValueError(f"{place}: expected either a command or a url")
    if "tools" not in declared:
        raise ValueError(f'{place}: expected tools, a list of those that the model is offered, or ["*"]')
    referred: list[str] = []

    def fill_in(part: object) -> Any:
        match part:
            case str():
                return _REFERENCE.sub(lambda found: look_up(found[1]), part)
            case list():
                return [fill_in(item) for item in cast(list[object], part)]
            case dict():
                return {key: fill_in(item) for key, item in cast(dict[str, object], part).items()}
            case _:
                return part

    def look_up(variable: str) -> str:
        value = environment.get(variable)
        if not value:
            raise ValueError(f"{place}: the variable {variable} is not set")
        referred.append(value)
        return value

    given: dict[str, Any] = fill_in(cast(object, declared))
    kind = StdioServer if "command" in given else HttpServer
    try:
        return kind.model_validate(given | {"name": name, "secrets": (*referred, *_literal_secrets(given))})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {field}: {first['msg']}") from None


def _literal_secrets(given: Mapping[str, Any]) -> list[str]:
    """The values in places of secrets: variables of a program, words of headers, all of a URL but its host."""
    values = [
        value for part in ("env", "headers") if isinstance(given.get(part), dict) for value in given[part].values()
    ]
    words = [word for value in values if isinstance(value, str) for word in {value, *value.split()}]
    url = given.get("url")
    return words + (_secrets_of(url) if isinstance(url, str) else [])


# Characters that clients do not escape in a URL.
_RESERVED = "!$&'()*+,;=:@/?%[]"


def _secrets_of(url: str) -> list[str]:
    """The parts of a URL but the host: as written, as escaped by clients, and decoded.

    Longer texts come first, since a part may be too short to be redacted alone.
    """
    try:
        parsed = urlsplit(url)
    except ValueError:  # the client reports it
        return [url]
    user_info = parsed.netloc.rpartition("@")[0]
    values = [part.partition("=")[2] for part in parsed.query.split("&")]
    parts = [f"{parsed.path}?{parsed.query}", parsed.path, parsed.query, *values, user_info, *user_info.split(":", 1)]
    written = {spelling for part in parts for spelling in (part, quote(part, _RESERVED), unquote(part))}
    if user_info:
        written.add(base64.b64encode(unquote(user_info).encode()).decode())  # as `Authorization: Basic` has it
    return sorted(filter(None, written), key=len, reverse=True)
