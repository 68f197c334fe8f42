"""Are the MCP servers there, with the tools that the model is to be offered?"""

import asyncio

from ...logs import redact
from ...settings import Environment, McpSettings
from ...settings.mcp_servers import McpServer, StdioServer
from .finding import Finding, broken, doubtful, good

# Seconds for each server; less than the whole check has.
_TIMEOUT = 20.0


async def check_mcp_servers(environment: Environment) -> list[Finding]:
    """Connects to each of them once: a line for each."""
    servers = McpSettings.load(environment).mcp_servers
    return list(await asyncio.gather(*map(_check, servers)))


async def _check(server: McpServer) -> Finding:
    from ...tools.mcp import examine  # takes more than half a second to import

    try:
        async with asyncio.timeout(_TIMEOUT):
            found = await examine(server)
    except TimeoutError:
        return broken(f"{server.name} does not answer within {_TIMEOUT:g} s; check whether it is running")
    if found.problem:
        problem = redact(list(server.secrets), found.problem)
        advice = "check what MCP_SERVERS says of it"
        if isinstance(server, StdioServer):
            advice += "; LOG_LEVEL=DEBUG parley chat shows what the program says"
        return broken(f"{server.name} is down: {problem}. What to do: {advice}")
    offered = f"{server.name} offers {', '.join(found.offered) or 'no tools'}"
    doubts: list[str] = []
    if found.missing:
        doubts.append(f"it has none named {', '.join(found.missing)}: check the tools in MCP_SERVERS")
    if found.unfit:
        doubts.append(f"models do not take the parameters of {', '.join(found.unfit)}, which its author can change")
    if found.tasks:
        doubts.append(f"tools that run as tasks only are left out: {', '.join(found.tasks)}")
    return doubtful("; ".join([offered, *doubts])) if doubts else good(offered)
