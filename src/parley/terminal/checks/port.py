"""Can the bot listen?"""

import httpx

from ...serving import PortError, listen
from ...settings import Environment
from .finding import Finding, broken, good
from .parts import load_port_settings

_TIMEOUT = 5.0  # seconds


async def check_port(environment: Environment) -> list[Finding]:
    """Listens for a moment, where the bot would."""
    settings = load_port_settings(environment)
    if await _is_bot(f"http://127.0.0.1:{settings.port}/healthz"):
        return [good(f"a bot listens on {settings.port}")]
    try:
        listen(settings.host, settings.port).close()
    except PortError as error:
        return [broken(error.line)]
    return [good(f"{settings.port} is free")]


async def _is_bot(probe: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as http:
            return (await http.get(probe)).text == "alive\n"
    except httpx.HTTPError:
        return False
