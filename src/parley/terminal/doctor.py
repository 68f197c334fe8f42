"""`parley doctor`: what is wrong, and what to do about it."""

import asyncio
import sys

from ..settings import Environment, SettingsError
from .checks import CHECKS, Check
from .checks.finding import Finding, Mark

# Seconds that a check may take.
_TIMEOUT = 30.0

# For terminals that have no other signs.
_PLAIN = {Mark.GOOD: "+", Mark.DOUBTFUL: "!", Mark.BROKEN: "x"}


async def diagnose(environment: Environment) -> bool:
    """Run all checks side by side, and print what they find, in their order. Nothing is changed, and no secret shown.

    Returns:
        whether nothing is broken.
    """
    checking = {about: asyncio.create_task(_run(check, environment)) for about, check in CHECKS.items()}
    is_sound = True
    for about, task in checking.items():
        for finding in await task:
            print(f"{_sign(finding.mark)} {about}: {finding.text}", flush=True)
            is_sound &= finding.mark is not Mark.BROKEN
    return is_sound


async def _run(check: Check, environment: Environment) -> list[Finding]:
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await check(environment)
    except TimeoutError:
        return [Finding(Mark.BROKEN, f"no answer within {_TIMEOUT:g} s; check the network")]
    except SettingsError:
        return [Finding(Mark.DOUBTFUL, "not checked, because its settings are wrong")]
    except Exception as error:  # the other checks are of use without this one
        return [Finding(Mark.BROKEN, f"the check itself has failed: {type(error).__name__}")]


def _sign(mark: Mark) -> str:
    try:
        mark.value.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return _PLAIN[mark]
    return mark.value
