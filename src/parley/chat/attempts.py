"""Whether a request that has failed is worth another attempt, and when."""

import time
from contextlib import suppress
from email.utils import parsedate_to_datetime

import openai

from .failures import AnswerLostError, is_of_quota, status_of

_PASSING_CODES = ("server_error", "rate_limit_exceeded")


def may_pass(error: openai.OpenAIError) -> bool:
    """Whether what went wrong may be gone at the next attempt."""
    if isinstance(error, AnswerLostError | openai.APIConnectionError):
        return True
    if not isinstance(error, openai.APIError) or is_of_quota(error):
        return False
    if isinstance(error, openai.APIStatusError) and error.response.headers.get("x-should-retry") == "false":
        return False
    status = status_of(error) or 0
    return status in (408, 409, 429) or status >= 500 or error.code in _PASSING_CODES


def wait_asked_for(error: openai.OpenAIError) -> float:
    """For how many seconds the server wants to be left alone; 0 when it does not say."""
    if not isinstance(error, openai.APIStatusError):
        return 0
    headers = error.response.headers
    for name, seconds in (("retry-after-ms", 0.001), ("retry-after", 1)):
        with suppress(KeyError, ValueError):
            return float(headers[name]) * seconds
    with suppress(KeyError, ValueError):
        return parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time()
    return 0
