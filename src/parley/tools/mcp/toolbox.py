"""The tools that the model is offered: the bot's own and those of MCP servers."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from mcp.types import Tool
from microsoft_teams.ai import Function
from pydantic import BaseModel

from ...settings.mcp_servers import McpServer
from ..sources import ToolResult
from .connection import Connection
from .schemas import LONGEST_DESCRIPTION, description_of

logger = logging.getLogger(__name__)

# Seconds to close in good order, then to end at all: the `mcp` package kills a program after four seconds.
CLOSING_TIMEOUT = 3.0
KILLING_TIMEOUT = 8.0

_LONGEST_NAME = 64  # characters that OpenAI's APIs take

# Tools in a request that OpenAI's APIs take.
MAX_TOOLS = 128


class Toolbox:
    """The tools that can be called now, each under a unique name.

    If two tools share a name, the later one in the order of MCP_SERVERS gets its server's name as a prefix. A tool
    keeps its name while its server is down, because the history refers to it.
    """

    def __init__(self, own: Sequence[Function[Any]], connections: Sequence[Connection]) -> None:
        self._own = own
        self._connections = connections
        self._names: dict[tuple[Connection, str], str] = {}
        self._left_out = 0  # last time, to log changes once

    def __iter__(self) -> Iterator[Function[Any]]:
        """Iterate over the first `MAX_TOOLS`."""
        tools = list(self._all())
        left_out = max(len(tools) - MAX_TOOLS, 0)
        if left_out > self._left_out:
            logger.warning("Models take %d tools, the last %d of the MCP servers are left out", MAX_TOOLS, left_out)
        self._left_out = left_out
        return iter(tools[:MAX_TOOLS])

    def _all(self) -> Iterator[Function[Any]]:
        yield from self._own
        tools = {(connection, tool.name): tool for connection in self._connections for tool in connection.tools}
        self._names = {key: name for key, name in self._names.items() if key in tools}
        taken = {function.name for function in self._own} | {*self._names.values()}
        for (connection, original), tool in tools.items():
            name = self._names.get((connection, original))
            if not name:
                name = next(name for name in _names(connection.name, original) if name not in taken)
                self._names[connection, original] = name
                taken.add(name)
            if connection.is_up:
                yield _function(name, tool, connection)


@asynccontextmanager
async def open_toolbox(
    own: Sequence[Function[Any]], servers: Iterable[McpServer], *, tool_timeout: float, start_timeout: float
) -> AsyncGenerator[Toolbox]:
    """Open the toolbox and connect to the servers in the background.

    Args:
        own: The bot's own tools.
        servers: The MCP servers.
        tool_timeout: Seconds for a call; a server's own timeout can only be shorter.
        start_timeout: Seconds to wait for the servers before the first question.
    """
    connections = [
        Connection(server, tool_timeout=min(server.timeout or tool_timeout, tool_timeout)) for server in servers
    ]
    keeping = [asyncio.create_task(connection.keep()) for connection in connections]
    try:
        if start_timeout:
            await _wait_for(connections, start_timeout)
        yield Toolbox(own, connections)
    finally:
        for connection in connections:
            connection.stop()
        if keeping:
            await asyncio.wait(keeping, timeout=CLOSING_TIMEOUT)
            for connection in connections:
                connection.cancel()
            await asyncio.wait(keeping, timeout=KILLING_TIMEOUT)
        for task in keeping:  # a server that has still not ended is abandoned
            task.cancel()


async def _wait_for(connections: Sequence[Connection], start_timeout: float) -> None:
    """Wait until the bot has tried each server once."""
    try:
        async with asyncio.timeout(start_timeout):
            for connection in connections:
                await connection.was_tried.wait()
    except TimeoutError:
        late = ", ".join(connection.name for connection in connections if not connection.was_tried.is_set())
        logger.warning("MCP servers not ready in time, starting without their tools: %s", late)


def _names(server: str, tool: str) -> Iterator[str]:
    yield _fit(tool)
    yield _fit(f"{server}_{tool}")
    for number in count(2):
        yield f"{_fit(f'{server}_{tool}')[: _LONGEST_NAME - 5]}_{number}"


def _fit(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:_LONGEST_NAME] or "_"


def _function(name: str, tool: Tool, connection: Connection) -> Function[Any]:
    async def call(parameters: BaseModel) -> str | ToolResult:
        # The server validates the arguments, not Parley.
        return await connection.call(tool.name, parameters.model_extra or {})

    description = description_of(tool)[:LONGEST_DESCRIPTION]
    handler: Callable[..., Any] = call
    return Function[Any](name=name, description=description, parameter_schema=tool.input_schema, handler=handler)
