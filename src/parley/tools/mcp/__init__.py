"""Tools of MCP servers (https://modelcontextprotocol.io)."""

from dataclasses import dataclass

from ...settings.mcp_servers import ALL_TOOLS, McpServer
from ...text import on_one_line
from .schemas import fit_tools, needs_task
from .session import explain, list_tools, open_client
from .toolbox import open_toolbox

__all__ = ["ServerReport", "examine", "open_toolbox"]


@dataclass(frozen=True)
class ServerReport:
    """The outcome of an attempt to connect to a server."""

    server: str
    offered: tuple[str, ...] = ()
    """Tools that the model is offered."""
    missing: tuple[str, ...] = ()
    """Tools in MCP_SERVERS that the server does not have."""
    unfit: tuple[str, ...] = ()
    """Tools in MCP_SERVERS whose parameters models do not take."""
    tasks: tuple[str, ...] = ()
    """Tools in MCP_SERVERS that run as tasks only."""
    problem: str | None = None
    """The reason why the server cannot be used; None if it can."""


_ANSWER_TIMEOUT = 30.0  # seconds


async def examine(server: McpServer) -> ServerReport:
    """Connect to a server once, and report for the operator."""
    try:
        async with open_client(server, longest_silence=_ANSWER_TIMEOUT) as client:
            tools, _ = await list_tools(client)
    except Exception as error:
        return ServerReport(server.name, problem=explain(error))
    names = [tool.name for tool in tools]
    missing = tuple(name for name in server.tools if name not in names and name != ALL_TOOLS)
    declared = [tool for tool in tools if server.offers(tool.name)]
    offered = [tool.name for tool in fit_tools(declared)]
    tasks = [tool.name for tool in declared if needs_task(tool)]
    unfit = [tool.name for tool in declared if tool.name not in offered and tool.name not in tasks]
    return ServerReport(server.name, _shown(offered), missing, _shown(unfit), _shown(tasks))


def _shown(names: list[str]) -> tuple[str, ...]:
    return tuple(map(on_one_line, names))
