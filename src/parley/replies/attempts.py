"""Whether what Teams has not taken is worth another attempt, and when."""

import random

import aiohttp
import httpx

from ..retry_after import retry_after

# Seconds; when Teams asks for a longer pause, nothing is sent again.
_LONGEST_PAUSE = 60.0

# The statuses that may pass in a moment, see bots/how-to/rate-limit.md in MicrosoftDocs/msteams-docs.
_PASSING = (412, 429, 502, 503, 504)


def describe_error(error: BaseException) -> str:
    """What Teams answered, or what became of the attempt, for the log."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code} {error.response.text[:500]}"
    return type(error).__name__


def is_passing(error: BaseException) -> bool:
    """Whether it is worth trying again, within a time that a person waits."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in _PASSING and retry_after(error.response.headers) <= _LONGEST_PAUSE
    # Of an answer that is no HTTP, httpx-aiohttp passes on what aiohttp says of it.
    return isinstance(error, httpx.TransportError | aiohttp.ClientError | TimeoutError)


def pause_after(error: BaseException | None, attempt: int) -> float:
    """The seconds before the next attempt: what Teams asks for, else twice as long as before and a little by chance."""
    asked_for = retry_after(error.response.headers) if isinstance(error, httpx.HTTPStatusError) else 0.0
    return asked_for or min(2.0 ** (attempt - 1), 8.0) + random.random()
