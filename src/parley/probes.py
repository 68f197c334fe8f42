"""The probes of a process: `/healthz` is for restarting it, `/readyz` for sending it messages."""

import asyncio
import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from .storage import Database, UnusableDatabaseError, check_database

logger = logging.getLogger(__name__)

# Seconds that one check of the database serves all requests. Anybody can send them.
_CHECK_INTERVAL = 1.0


def register_probes(server: FastAPI, database: Database, *, is_stopping: Callable[[], bool]) -> None:
    """Answer the probes with 200, or with 503 and the reason why the process is not ready."""
    checking = asyncio.Lock()
    checked_at, usable = float("-inf"), False

    async def healthz(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    async def readyz(_request: Request) -> PlainTextResponse:
        nonlocal checked_at, usable
        if is_stopping():
            return PlainTextResponse("stopping\n", 503)
        now = asyncio.get_running_loop().time
        async with checking:
            if now() - checked_at >= _CHECK_INTERVAL:
                usable, checked_at = await _is_usable(database), now()
        if not usable:
            return PlainTextResponse("the database cannot be used; the log says why\n", 503)
        return PlainTextResponse("ready\n")

    server.add_route("/healthz", healthz)
    server.add_route("/readyz", readyz)


async def _is_usable(database: Database) -> bool:
    try:
        await check_database(database)
    except UnusableDatabaseError as error:
        logger.warning("Not ready, the database cannot be used: %s", error)
        return False
    return True
