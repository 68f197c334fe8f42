"""Runs an ASGI application on a real port of this machine."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route


def new_app(*routes: Route) -> Starlette:
    """An application for a double, made with Starlette because each test makes several, and FastAPI needs a millisecond
    for each route. A client may disconnect before it has sent its request.
    """
    return Starlette(routes=routes, exception_handlers={ClientDisconnect: _answer_nobody})


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)


@asynccontextmanager
async def serving(app: Any, *, certificate: Path | None = None, port: int = 0) -> AsyncGenerator[str]:
    """Serve `app` on a port of the loopback, by default a free one. Yields the address. A certificate (PEM, with its
    private key) makes it https.

    This does not call `Server.serve`, which would take over the signals and check for the end only every 0.1 s.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="off",
        ws="none",
        access_log=False,
        timeout_keep_alive=24 * 3600,
        ssl_certfile=certificate,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.socket() as listener:
        # Otherwise the second packet of each response waits for the acknowledgement of the first: about 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
        listener.bind(("127.0.0.1", port))
        await server.startup(sockets=[listener])
        try:
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])
