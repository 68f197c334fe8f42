"""What is not let in, and what an operator learns of it."""

import asyncio
import logging
from collections import Counter
from uuid import uuid4

from fastapi.responses import JSONResponse

logger = logging.getLogger(__name__)

# Seconds between two log lines about the same reason.
_LOG_INTERVAL = 60.0

# Else the server would go on reading, for ever, the body of a request that was refused by its headers (RFC 9110, 15.5.9
# and 15.5.14).
_CLOSE = {"Connection": "close"}

_CHALLENGE = {"WWW-Authenticate": "Bearer"}  # which scheme would do (RFC 9110, 15.5.2)


class Refused(Exception):
    """A request is not let in.

    Args:
        status: the HTTP status of the answer.
        reason: why, in words of ours: it is sent back and logged, and must hold nothing of the request.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Refusals:
    """Answers and logs what is not taken. A flood of forged requests must not become a flood of log lines, nor hide the
    first line of another reason: each reason is logged at once, and then at most once a minute with how many more
    there were."""

    def __init__(self) -> None:
        self._logged_at: dict[str, float] = {}
        self._unlogged: Counter[str] = Counter()
        self._incidents: dict[str, str] = {}

    def answer(self, refused: Refused) -> JSONResponse:
        """The answer to what is not let in."""
        if (since := self._since_logged(refused.reason)) is not None:
            logger.warning("Refused a request with %d: %s%s", refused.status, refused.reason, since)
        headers = _CLOSE | (_CHALLENGE if refused.status == 401 else {})
        return JSONResponse({"error": refused.reason}, refused.status, headers)

    def apologize(self, cause: Exception | None) -> JSONResponse:
        """The answer when something has gone wrong here, so that Teams is asked to send the activity again. Its id is
        that of the last line about a cause of the same type."""
        kind = type(cause).__qualname__
        if (since := self._since_logged(kind)) is not None:
            self._incidents[kind] = uuid4().hex[:8]
            logger.error("An activity could not be taken%s, id %s", since, self._incidents[kind], exc_info=cause)
        reason = f"the activity could not be taken now (id: {self._incidents[kind]})"
        return JSONResponse({"error": reason}, 503, _CLOSE)

    def _since_logged(self, reason: str) -> str | None:
        """What is to be said of those that were not logged, or None if this one is not to be logged either."""
        now = asyncio.get_running_loop().time()
        if now - self._logged_at.get(reason, -_LOG_INTERVAL) < _LOG_INTERVAL:
            self._unlogged[reason] += 1
            return None
        self._logged_at[reason] = now
        more = self._unlogged.pop(reason, 0)
        return f" (and {more} more since this was last logged)" if more else ""
