"""For whoever watches over the process: `/healthz` tells that it is alive, `/readyz` whether it should get messages."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

# Seconds that a look at the database is good for. Anybody may ask, and the database has other things to do.
_FRESH = 1.0


def register_probes(
    server: FastAPI, *, is_stopping: Callable[[], bool], is_usable: Callable[[], Awaitable[bool]]
) -> None:
    """Answer the probes: 200, or 503 with the reason why the process is not ready."""
    looking = asyncio.Lock()
    looked_at, usable = float("-inf"), False

    async def healthz(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    async def readyz(_request: Request) -> PlainTextResponse:
        nonlocal looked_at, usable
        if is_stopping():
            return PlainTextResponse("stopping\n", 503)
        now = asyncio.get_running_loop().time
        async with looking:
            if now() - looked_at >= _FRESH:
                usable, looked_at = await is_usable(), now()
        if not usable:
            return PlainTextResponse("the database cannot be used; the log says why\n", 503)
        return PlainTextResponse("ready\n")

    server.add_route("/healthz", healthz)
    server.add_route("/readyz", readyz)
