"""Checks of the language model and of the MCP servers that give it tools."""

import asyncio

from microsoft_teams.ai import UserMessage

from ...language import LineId
from ...logs import redact
from ...models import (
    EmptyAnswerError,
    NoTokensLeftError,
    describe_failed_connection,
    describe_model,
    line_for,
    open_model,
)
from ...settings import Environment, McpSettings, ModelSettings
from ...settings.mcp_servers import McpServer, StdioServer
from ...tools import TOOLS
from .finding import Finding, explain, failed, passed, warning

# The smallest limit that the Responses API accepts.
_TOKENS = 16

# Seconds until the model's first word. Shorter than the time of a check.
_MODEL_TIMEOUT = 25.0

# Seconds for each server. Shorter than the time of a check.
_MCP_TIMEOUT = 20.0

# What to do, by the line that a user would get.
_ADVICE: dict[LineId, str] = {
    "answer-malformed": "check the address; most compatible servers have the API at /v1",
    "model-busy": "try again in a minute, or have its rate limits raised",
    "model-rejected-credentials": "check the key or the identity, and its permission to use the model",
    "model-not-found": "check the name of the model (at Azure, of the deployment) and the address; most compatible "
    "servers have the API at /v1",
    "model-quota": "its quota is used up; check its plan and billing",
    "model-rejected-request": "some models take no tools (MODEL_MAX_TOOL_ROUNDS=0), some take no MODEL_TEMPERATURE",
    "model-slow": "raise MODEL_TIMEOUT for a model that reasons for long, or that is loaded for its first request",
    "model-unreachable": "check OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT, and whether the server is running",
}


async def check_model(environment: Environment) -> list[Finding]:
    """Send the model one small request, in the same way as for an answer."""
    settings = ModelSettings.load(environment)
    name = describe_model(settings)
    brief = settings.model_copy(
        update={"model_max_output_tokens": _TOKENS, "model_timeout": min(settings.model_timeout, _MODEL_TIMEOUT)}
    )
    now = asyncio.get_running_loop().time
    started_at = now()
    try:
        async with open_model(brief) as model:
            # Some servers refuse a request with tools.
            await model.generate_text(UserMessage("Say OK."), functions={tool.name: tool for tool in TOOLS})
    except (NoTokensLeftError, EmptyAnswerError):
        pass  # hidden reasoning may use up so few tokens
    except Exception as error:
        line = line_for(error)
        found = warning if line == "model-busy" else failed
        why = describe_failed_connection(error) or explain(error, settings.secrets())
        cause = f"{name} does not answer: {why}"
        return [found(f"{cause}. What to do: {_ADVICE[line]}" if line in _ADVICE else cause)]
    return [passed(f"{name} answers, in {now() - started_at:.1f} s")]


async def check_mcp_servers(environment: Environment) -> list[Finding]:
    """Connect to each MCP server once. A line for each."""
    servers = McpSettings.load(environment).mcp_servers
    return list(await asyncio.gather(*map(_check_server, servers)))


async def _check_server(server: McpServer) -> Finding:
    from ...tools.mcp import examine  # takes more than half a second to import

    try:
        async with asyncio.timeout(_MCP_TIMEOUT):
            found = await examine(server)
    except TimeoutError:
        return failed(f"{server.name} does not answer within {_MCP_TIMEOUT:g} s; check whether it is running")
    if found.problem:
        problem = redact(list(server.secrets), found.problem)
        advice = "check its entry in MCP_SERVERS"
        if isinstance(server, StdioServer):
            advice += "; LOG_LEVEL=DEBUG parley chat shows the output of the program"
        return failed(f"{server.name} is down: {problem}. What to do: {advice}")
    offered = f"{server.name} offers {', '.join(found.offered) or 'no tools'}"
    doubts: list[str] = []
    if found.missing:
        doubts.append(f"it has none named {', '.join(found.missing)}: check the tools in MCP_SERVERS")
    if found.unfit:
        doubts.append(f"models refuse the parameters of {', '.join(found.unfit)}, which only its author can change")
    if found.tasks:
        doubts.append(f"tools that run as tasks only are left out: {', '.join(found.tasks)}")
    return warning("; ".join([offered, *doubts])) if doubts else passed(offered)
