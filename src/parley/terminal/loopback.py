"""HTTP servers on the loopback, at an address that only this process knows."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from secrets import compare_digest, token_urlsafe
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..serving import listen, new_server

_HOST = "127.0.0.1"

# Seconds that requests get to end when the server stops.
_GRACE = 1


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncGenerator[str]:
    """Serve the application on a free port until the block ends. Gives its URL, which has a secret path."""
    with listen(_HOST, 0) as listener:
        host = f"{_HOST}:{listener.getsockname()[1]}"
        path = f"/{token_urlsafe()}"
        server = new_server(_Secluded(app, host, path), grace=_GRACE)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://{host}{path}"
        finally:
            server.should_exit = True
            await task


class _Secluded:
    """Serves an application below a secret path and refuses requests of browsers: web pages and other users of the
    machine can reach the port."""

    def __init__(self, app: ASGIApp, host: str, path: str) -> None:
        self._app = app
        self._host = host
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        path, _, rest = scope["path"].removeprefix("/").partition("/")
        is_secret_known = compare_digest(f"/{path}".encode(), self._path.encode())
        if not is_secret_known or request.headers.get("host") != self._host or "origin" in request.headers:
            await Response(status_code=404)(scope, receive, send)
            return
        await self._app(dict(scope) | {"path": f"/{rest}", "raw_path": quote(f"/{rest}").encode()}, receive, send)
