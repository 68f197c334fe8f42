"""The events of a response, recognized by its bytes, since servers and proxies name the wrong content type.

1. Lines that begin with `data:` and the like are server-sent events, each with one JSON document.
2. A body that begins with a JSON document holds nothing but such documents: one, or one a line.
3. Anything else is not of a model's server.

Data that is no JSON is skipped, such as the word "ping" in a keepalive, unless it may be a damaged piece of the answer.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from typing import Final, cast

import httpx2

from .errors import MalformedAnswerError
from .wire import mapping

DONE: Final = object()
"""The event that ends all others."""

# Bytes of one event. The largest ones repeat the answer, the instructions and the schemas of all tools.
_MOST_BYTES = 4 * 2**20

# Of server-sent events. The field without a name is a comment.
_FIELDS = (b"data", b"event", b"id", b"retry", b"")

_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


async def events_of(response: httpx2.Response) -> AsyncGenerator[object]:
    """The JSON of each event, and `DONE` where the server says so. What comes behind `DONE` is read and left out.

    Raises:
        MalformedAnswerError: the response has no events, or one that cannot be read.
    """
    parser: _Parser | None = None
    is_done = False
    async for line in _lines(response):
        if is_done or (parser is None and not line.strip()):
            continue
        parser = parser or _parser_for(line, response)
        for event in parser.feed(line):
            is_done = is_done or event is DONE
            yield event
    if parser and not is_done:
        for event in parser.close():
            yield event


async def _lines(response: httpx2.Response) -> AsyncGenerator[bytes]:
    held, is_first = bytearray(), True
    async for chunk in response.aiter_bytes():
        held += chunk
        if b"\n" in chunk or b"\r" in chunk:
            *lines, rest = _LINE_END.split(bytes(held))
            held = bytearray(rest)
            for line in lines:
                yield line.removeprefix(_BYTE_ORDER_MARK) if is_first else line
                is_first = False
        _check_size(len(held))
    if held:
        yield bytes(held).removeprefix(_BYTE_ORDER_MARK) if is_first else bytes(held)


def _check_size(size: int) -> None:
    if size > _MOST_BYTES:
        raise MalformedAnswerError(f"An event is larger than {_MOST_BYTES} bytes")


def _parser_for(line: bytes, response: httpx2.Response) -> "_Parser":
    if line.lstrip().startswith((b"{", b"[")):
        return _JsonLines()
    if line.partition(b":")[0] in _FIELDS:
        return _ServerSentEvents()
    kind = response.headers.get("content-type", "something else")
    raise MalformedAnswerError(f"The server answered with {kind} instead of a stream of events")


class _Parser(ABC):
    """Collects lines until they are a JSON document."""

    def __init__(self) -> None:
        self._data: list[bytes] = []
        self._size = 0
        self._name = ""

    @abstractmethod
    def feed(self, line: bytes) -> Iterator[object]:
        """The events that a line ends."""

    def close(self) -> Iterator[object]:
        """The events that the end of the response ends. What is damaged by that end is no event."""
        try:
            yield from self._flush()
        except MalformedAnswerError:
            return

    def _add(self, data: bytes) -> Iterator[object]:
        """Take a line of data. Where events are not set apart as they should be, each line is one."""
        if data.strip().startswith(b"[DONE]"):
            yield from self._flush()
            yield DONE
        elif not self._data and (found := _parse(data)) is not None:
            yield from self._named(found)
        elif data.strip():
            self._data.append(data)
            self._size += len(data)
            _check_size(self._size)

    def _flush(self) -> Iterator[object]:
        data, self._data, self._size = self._data, [], 0
        whole = _parse(b"\n".join(data)) if data else []
        if whole is None and len(data) > 1:
            parsed = [_parse(line) for line in data]
            whole = None if None in parsed else [event for events in parsed for event in events or ()]
        if whole is not None:
            yield from self._named(whole)
        elif self._name == "error":
            yield {"error": b"\n".join(data).decode(errors="replace")}
        elif data[0].lstrip()[:1] in (b"{", b"[", b"<", b'"'):
            raise MalformedAnswerError("The data of an event is no JSON")
        self._name = ""

    def _named(self, events: list[object]) -> Iterator[object]:
        """The events, with what only their name says."""
        for event in events:
            if self._name == "error" and not mapping(event).get("error"):
                yield {"error": event}
            elif self._name.startswith("response.") and isinstance(event, dict) and "type" not in event:
                yield {"type": self._name, **mapping(cast(object, event))}
            else:
                yield event


class _ServerSentEvents(_Parser):
    def feed(self, line: bytes) -> Iterator[object]:
        if not line:
            yield from self._flush()
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            yield from self._add(value)
        elif name == b"event":
            self._name = value.decode(errors="replace").strip()


class _JsonLines(_Parser):
    def feed(self, line: bytes) -> Iterator[object]:
        yield from self._add(line)


def _parse(data: bytes) -> list[object] | None:
    """The events of a JSON document, of which an array has several; None for what is no JSON."""
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError):
        return None
    return cast(list[object], found) if isinstance(found, list) else [found]
