"""Can the bot listen?"""

import httpx

from ...serving import PortError, listen
from ...settings import Environment, Settings
from .finding import Finding, broken, good
from .parts import OPEN, PORT, only

_TIMEOUT = 5.0  # seconds


async def check_port(environment: Environment) -> list[Finding]:
    """Listens for a moment."""
    settings = Settings.load(only(environment, PORT) | OPEN)
    try:
        listen(settings.host, settings.port).close()
    except PortError as error:
        if await _is_bot(f"http://{settings.host}:{settings.port}/healthz"):
            return [good(f"a bot listens on {settings.port}")]
        return [broken(f"{error}; free it, or set PORT to another")]
    return [good(f"{settings.port} is free")]


async def _is_bot(probe: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as http:
            return (await http.get(probe)).text == "alive\n"
    except httpx.HTTPError:
        return False
