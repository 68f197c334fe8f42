"""Can the bot listen?"""

import httpx

from ...serving import PortError, listen
from ...settings import Environment, ServerSettings, TeamsSettings
from .finding import Finding, broken, good

_TIMEOUT = 5.0  # seconds


async def check_port(environment: Environment) -> list[Finding]:
    """Listens for a moment, where the bot would."""
    port, host = ServerSettings.load(environment).port, TeamsSettings.load(environment).host
    if await _is_bot(f"http://127.0.0.1:{port}/healthz"):
        return [good(f"a bot listens on {port}")]
    try:
        listen(host, port).close()
    except PortError as error:
        return [broken(error.line)]
    return [good(f"{port} is free")]


async def _is_bot(probe: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as http:
            return (await http.get(probe)).text == "alive\n"
    except httpx.HTTPError:
        return False
