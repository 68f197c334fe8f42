"""The responses to requests that are refused or fail, and their log lines."""

import asyncio
import logging
from collections import Counter
from uuid import uuid4

from fastapi.responses import JSONResponse

logger = logging.getLogger(__name__)

# Seconds between two log lines about the same reason.
_LOG_INTERVAL = 60.0

# Without it, the server would go on reading the body of a refused request for ever (RFC 9110, 15.5.9 and 15.5.14).
_CLOSE = {"Connection": "close"}

_CHALLENGE = {"WWW-Authenticate": "Bearer"}  # the accepted scheme (RFC 9110, 15.5.2)


class Refused(Exception):
    """A request is refused.

    Args:
        status: the HTTP status of the response.
        reason: the reason, without anything of the request. It is sent back and logged.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Refusals:
    """Answers and logs requests that are refused or fail.

    A flood of forged requests must not become a flood of log lines, nor hide another reason. So each reason is logged
    immediately, and then at most once a minute, with the number of requests since.
    """

    def __init__(self) -> None:
        self._logged_at: dict[str, float] = {}
        self._unlogged: Counter[str] = Counter()
        self._incidents: dict[str, str] = {}

    def answer(self, refused: Refused) -> JSONResponse:
        """Return the response to a refused request."""
        if (since := self._since_logged(refused.reason)) is not None:
            logger.warning("Refused a request with %d: %s%s", refused.status, refused.reason, since)
        headers = _CLOSE | (_CHALLENGE if refused.status == 401 else {})
        return JSONResponse({"error": refused.reason}, refused.status, headers)

    def answer_failure(self, cause: Exception | None) -> JSONResponse:
        """Return the response to a request that failed here: 503, so that Teams sends the activity again.

        It has the id of the last log line about a cause of the same type.
        """
        kind = type(cause).__qualname__
        if (since := self._since_logged(kind)) is not None:
            self._incidents[kind] = uuid4().hex[:8]
            logger.error("Activity failed%s, id %s", since, self._incidents[kind], exc_info=cause)
        reason = f"the activity cannot be processed now (id: {self._incidents[kind]})"
        return JSONResponse({"error": reason}, 503, _CLOSE)

    def _since_logged(self, reason: str) -> str | None:
        """Text for the log about unlogged requests of this reason; None if this one is not to be logged either."""
        now = asyncio.get_running_loop().time()
        if now - self._logged_at.get(reason, -_LOG_INTERVAL) < _LOG_INTERVAL:
            self._unlogged[reason] += 1
            return None
        self._logged_at[reason] = now
        more = self._unlogged.pop(reason, 0)
        return f" (and {more} more since this was last logged)" if more else ""
