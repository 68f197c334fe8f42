"""`parley doctor`: find what is wrong, and what to do about it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from ..settings import Environment, SettingsError
from .checks.credentials import check_credentials, check_signing_keys
from .checks.finding import Finding, Mark, failed, warning
from .checks.installation import check_database, check_port, check_settings, check_versions
from .checks.model import check_mcp_servers, check_model

Check = Callable[[Environment], Awaitable[list[Finding]]]

# The checks, in the order of their lines.
_CHECKS: dict[str, Check] = {
    "settings": check_settings,
    "versions": check_versions,
    "database": check_database,
    "model": check_model,
    "MCP servers": check_mcp_servers,
    "credentials": check_credentials,
    "signing keys": check_signing_keys,
    "port": check_port,
}

# Seconds that a check may take.
_TIMEOUT = 30.0

# For terminals that have no other signs.
_ASCII = {Mark.PASSED: "+", Mark.WARNING: "!", Mark.FAILED: "x"}


async def diagnose(environment: Environment) -> bool:
    """Run all checks at once and print their findings. Changes nothing and shows no secrets.

    Returns:
        True unless a check failed.
    """
    running = {topic: asyncio.create_task(_run(check, environment)) for topic, check in _CHECKS.items()}
    is_sound = True
    for topic, task in running.items():
        for finding in await task:
            print(f"{_sign(finding.mark)} {topic}: {finding.text}", flush=True)
            is_sound &= finding.mark is not Mark.FAILED
    return is_sound


async def _run(check: Check, environment: Environment) -> list[Finding]:
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await check(environment)
    except TimeoutError:
        return [failed(f"no answer within {_TIMEOUT:g} s; check the network")]
    except SettingsError:
        return [warning("not checked, because its settings are wrong")]
    except Exception as error:  # the other checks are of use without this one
        return [failed(f"the check itself failed: {type(error).__name__}")]


def _sign(mark: Mark) -> str:
    try:
        mark.value.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return _ASCII[mark]
    return mark.value
