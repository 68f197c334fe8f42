"""What is not let in, and what an operator learns of it."""

import asyncio
import logging
from collections import Counter

from fastapi.responses import JSONResponse

logger = logging.getLogger(__name__)

# Seconds between two log lines about the same reason.
_LOG_INTERVAL = 60.0

# RFC 9110, 15.5.2 and 15.5.9: which scheme would do, and that nothing more is read.
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 408: {"Connection": "close"}}


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
    """Answers and logs what is refused. A flood of forged requests must not become a flood of log lines, nor hide the
    first line of another reason: each reason is logged at once, and then at most once a minute with how many more
    there were."""

    def __init__(self) -> None:
        self._logged_at: dict[str, float] = {}
        self._unlogged: Counter[str] = Counter()

    def answer(self, refused: Refused) -> JSONResponse:
        self._log(refused)
        return JSONResponse({"error": refused.reason}, refused.status, _HEADERS.get(refused.status))

    def _log(self, refused: Refused) -> None:
        now, reason = asyncio.get_running_loop().time(), refused.reason
        if now - self._logged_at.get(reason, -_LOG_INTERVAL) < _LOG_INTERVAL:
            self._unlogged[reason] += 1
            return
        self._logged_at[reason] = now
        more = self._unlogged.pop(reason, 0)
        since = f" (and {more} more since this was last logged)" if more else ""
        logger.warning("Refused a request with %d: %s%s", refused.status, reason, since)
