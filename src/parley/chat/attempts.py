"""Whether a request that has failed is worth another attempt, and when."""

import openai

from ..retry_after import retry_after
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
    return retry_after(error.response.headers) if isinstance(error, openai.APIStatusError) else 0.0
