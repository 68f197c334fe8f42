"""Where people's files are, as SharePoint has them: whoever has the URL gets the bytes, without a token."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from .server import new_app

_CHUNK = bytes(16 * 1024)


@dataclass(frozen=True)
class Asked:
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
    """Serves what a test puts there, and notes who asks how. It sets a cookie with each answer."""

    url: str

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.sent = 0
        """Bytes of endless files that were sent."""
        self._files: dict[str, _File] = {}
        self.app = new_app(Route("/{name:path}", self._answer))

    def put(self, name: str, body: bytes, **headers: str) -> str:
        """Have a file; returns its URL. `content_encoding="gzip"` and the like become headers."""
        return self._put(name, _File(body, headers={key.replace("_", "-"): value for key, value in headers.items()}))

    def refuse(self, name: str, status: int) -> str:
        """Have no file, or none that may be had any more."""
        return self._put(name, _File(status=status))

    def redirect(self, name: str, to: str) -> str:
        """Send whoever asks for a file to another URL."""
        return self._put(name, _File(status=302, headers={"location": to}))

    def put_slow(self, name: str, body: bytes, pause: float) -> str:
        """Have a file that is sent after as many seconds, headers before."""
        return self._put(name, _File(body, pause=pause))

    def put_endless(self, name: str) -> str:
        """Have a file that has no end, and does not say how long it is."""
        return self._put(name, _File(is_endless=True))

    def _put(self, name: str, file: _File) -> str:
        self._files[name] = file
        return f"{self.url}/{name}?tempauth=secret"

    async def _answer(self, request: Request) -> Response:
        name: str = request.path_params["name"]
        self.asked.append(Asked(name, dict(request.headers)))
        file = self._files.get(name, _File(status=404))
        headers = {"set-cookie": f"whose={name}; path=/", **file.headers}
        if file.is_endless or file.pause:
            return StreamingResponse(self._stream(file), file.status, headers)
        return Response(file.body, file.status, headers)

    async def _stream(self, file: _File) -> AsyncIterator[bytes]:
        while file.is_endless:
            self.sent += len(_CHUNK)
            yield _CHUNK
            await asyncio.sleep(0)  # to notice that nobody listens any more
        await asyncio.sleep(file.pause)
        yield file.body
