"""A server with users' files. The URL suffices to download a file, without a token, as with SharePoint."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from .server import new_app

_CHUNK = bytes(16 * 1024)


@dataclass(frozen=True)
class Download:
    """A request for a file."""

    path: str
    headers: dict[str, str]


@dataclass
class _File:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    pause: float = 0.0
    is_endless: bool = False


class FileServer:
    """Serves files and records the requests. Each response sets a cookie."""

    url: str

    def __init__(self) -> None:
        self.requests: list[Download] = []
        self.sent = 0
        """The number of bytes sent of endless files."""
        self._files: dict[str, _File] = {}
        self.app = new_app(Route("/{name:path}", self._answer))

    def put(self, name: str, body: bytes, **headers: str) -> str:
        """Add a file. Return its URL. Keywords become headers: `content_encoding="gzip"`."""
        return self._put(name, _File(body, headers={key.replace("_", "-"): value for key, value in headers.items()}))

    def refuse(self, name: str, status: int) -> str:
        """Respond with an error status. Return the URL."""
        return self._put(name, _File(status=status))

    def redirect(self, name: str, to: str) -> str:
        """Redirect to another URL. Return the URL that redirects."""
        return self._put(name, _File(status=302, headers={"location": to}))

    def put_slow(self, name: str, body: bytes, pause: float) -> str:
        """Add a file whose body is sent `pause` seconds after the headers. Return its URL."""
        return self._put(name, _File(body, pause=pause))

    def put_endless(self, name: str) -> str:
        """Add a file without an end and without a Content-Length. Return its URL."""
        return self._put(name, _File(is_endless=True))

    def _put(self, name: str, file: _File) -> str:
        self._files[name] = file
        return f"{self.url}/{name}?tempauth=secret"

    async def _answer(self, request: Request) -> Response:
        name: str = request.path_params["name"]
        self.requests.append(Download(name, dict(request.headers)))
        file = self._files.get(name, _File(status=404))
        headers = {"set-cookie": f"whose={name}; path=/", **file.headers}
        if file.is_endless or file.pause:
            return StreamingResponse(self._stream(file), file.status, headers)
        return Response(file.body, file.status, headers)

    async def _stream(self, file: _File) -> AsyncIterator[bytes]:
        while file.is_endless:
            self.sent += len(_CHUNK)
            yield _CHUNK
            await asyncio.sleep(0)  # so that a disconnect is noticed
        await asyncio.sleep(file.pause)
        yield file.body
