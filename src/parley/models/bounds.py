"""Bounds for responses of a model server: their size, and the server that a redirect leads to."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator

import httpx2

from .errors import MalformedAnswerError

# Bytes of an answer, which has about 250 per token, and of an error.
_MOST_OF_AN_ANSWER = 32 * 2**20
_MOST_OF_AN_ERROR = 64 * 2**10

_PIECE = 64 * 2**10

# A small body in one of these encodings may be a large one, so it is inflated piece by piece.
_COMPRESSED = ("gzip", "x-gzip", "deflate")
BOUNDABLE = {"accept-encoding": "gzip"}
"""Headers of a request whose response can be bounded."""


async def bound(response: httpx2.Response) -> None:
    """Bound the body of a response before it is read, and remove a redirect to another server.

    A hook of the HTTP client, which would follow it with the whole conversation and, at Azure, with the key.
    """
    if response.has_redirect_location and not _leads_home(response):
        del response.headers["location"]
    encoding = response.headers.pop("content-encoding", "identity").strip().lower()
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _BoundedStream(response.stream, encoding, is_answer=response.is_success)


def _leads_home(response: httpx2.Response) -> bool:
    """True if a redirect leads to the same server, or from its HTTP to its HTTPS."""
    here = response.request.url
    try:
        there = here.join(response.headers["location"])
    except httpx2.InvalidURL:
        return False
    is_upgrade = (here.scheme, here.port, there.scheme, there.port) == ("http", None, "https", None)
    return here.host == there.host and (is_upgrade or (here.scheme, here.port) == (there.scheme, there.port))


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, encoding: str, *, is_answer: bool) -> None:
        self._stream = stream
        self._encoding = encoding
        self._is_answer = is_answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _MOST_OF_AN_ANSWER if self._is_answer else _MOST_OF_AN_ERROR
        decode = _decoder(self._encoding)
        async for chunk in self._stream:
            for number, piece in enumerate(decode(chunk)):
                if number:
                    await asyncio.sleep(0)  # one compressed chunk may be a thousand pieces
                yield piece[:left]
                left -= len(piece)
                if left < 0 and self._is_answer:
                    raise MalformedAnswerError(f"The answer is larger than {_MOST_OF_AN_ANSWER} bytes")
                if left < 0:
                    return

    async def aclose(self) -> None:
        await self._stream.aclose()


def _decoder(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    if encoding in _COMPRESSED:
        return _Inflater().feed
    if encoding in ("identity", ""):
        return lambda chunk: iter([chunk])
    raise MalformedAnswerError(f"The server's answer has the encoding {encoding[:20]!r}, not one of the request's")


class _Inflater:
    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # with the header of gzip or of zlib

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk:
                piece = self._inflate.decompress(chunk, _PIECE)
                chunk = self._inflate.unconsumed_tail
                if self._inflate.eof:
                    chunk = self._inflate.unused_data
                    self._start()
                if piece:
                    yield piece
        except zlib.error as error:
            raise MalformedAnswerError("The server's answer is not compressed as its header says") from error
