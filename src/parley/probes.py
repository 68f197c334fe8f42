"""The probes of a process: `/healthz` is for restarting it, `/readyz` for sending it messages and for monitoring."""

import asyncio
import logging
import math
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse

from .inbox import Delays
from .storage import Database, UnusableDatabaseError, check_database

logger = logging.getLogger(__name__)

# Seconds that one check of the database serves all requests. Anybody can send them.
_CHECK_INTERVAL = 1.0


class Probes:
    """Answers the probes of one process."""

    def __init__(self, database: Database, *, is_stopping: Callable[[], bool], delays: Callable[[], Delays]) -> None:
        self._database = database
        self._is_stopping = is_stopping
        self._delays = delays
        self._checking = asyncio.Lock()
        self._checked_at = -math.inf
        self._is_usable = False

    def register(self, server: Starlette) -> None:
        """Add the routes of the probes to a server."""
        server.add_route("/healthz", self._healthz)
        server.add_route("/readyz", self._readyz)

    async def _healthz(self, _request: Request) -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    async def _readyz(self, _request: Request) -> JSONResponse:
        """Answer 200, or 503 with the reason why the process is not ready.

        A process stays ready while turns are delayed: it can still store messages, and Teams drops those that no
        process takes.
        """
        if self._is_stopping():
            return _not_ready("stopping")
        if not await self._check_database():
            return _not_ready("the database cannot be used; the log says why")
        delays = self._delays()
        return JSONResponse({"status": "ready", "delayed_turns": delays.turns, "longest_delay": delays.longest})

    async def _check_database(self) -> bool:
        now = asyncio.get_running_loop().time
        async with self._checking:
            if now() - self._checked_at >= _CHECK_INTERVAL:
                self._is_usable, self._checked_at = await _is_usable(self._database), now()
        return self._is_usable


def _not_ready(reason: str) -> JSONResponse:
    return JSONResponse({"status": "not ready", "reason": reason}, 503)


async def _is_usable(database: Database) -> bool:
    try:
        await check_database(database)
    except UnusableDatabaseError as error:
        logger.warning("Not ready, the database cannot be used: %s", error)
        return False
    return True
