"""For whoever watches over the process: `/healthz` tells that it is alive, `/readyz` whether it should get messages."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse


def register_probes(server: FastAPI, why_not_ready: Callable[[], Awaitable[str | None]]) -> None:
    """Answer the probes: 200, or 503 with the reason why the process is not ready."""

    @server.get("/healthz")
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    @server.get("/readyz")
    async def readyz() -> PlainTextResponse:
        reason = await why_not_ready()
        return PlainTextResponse(f"{reason}\n", 503) if reason else PlainTextResponse("ready\n")
