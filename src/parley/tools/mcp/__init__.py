"""Tools of MCP servers, see https://modelcontextprotocol.io."""

from dataclasses import dataclass

from ...settings.mcp_servers import ALL_TOOLS, McpServer
from .schemas import fit_tools
from .session import explain, list_tools, open_session
from .toolbox import open_toolbox

__all__ = ["Finding", "examine", "open_toolbox"]


@dataclass(frozen=True)
class Finding:
    """What became of an attempt to reach a server."""

    server: str
    offered: tuple[str, ...] = ()
    """The tools that the model is offered."""
    missing: tuple[str, ...] = ()
    """The tools that are declared, but that the server does not have."""
    unfit: tuple[str, ...] = ()
    """The tools that are declared, but with parameters that models do not take."""
    problem: str | None = None
    """Why the server cannot be reached."""


# Seconds that an answer may take.
_PATIENCE = 30.0


async def examine(server: McpServer) -> Finding:
    """Connect to a server once, to tell the operator of it."""
    try:
        async with open_session(server, longest_silence=_PATIENCE) as session:
            tools, _ = await list_tools(session)
    except Exception as error:
        return Finding(server.name, problem=explain(error))
    names = [tool.name for tool in tools]
    missing = tuple(name for name in server.tools if name not in names and name != ALL_TOOLS)
    declared = [tool for tool in tools if server.offers(tool.name)]
    offered = tuple(tool.name for tool in fit_tools(declared))
    unfit = tuple(tool.name for tool in declared if tool.name not in offered)
    return Finding(server.name, offered, missing, unfit)
