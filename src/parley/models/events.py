"""The events of a response. Its bytes tell its form, since servers and proxies name the wrong content type.

1. Lines that begin with a field, as `data:`, are server-sent events with one JSON document each.
2. A body that begins with JSON holds documents: one in all, or one per line.
3. Any other body is not from a model server.

Words in place of JSON are skipped: keepalives send "ping". Damaged JSON is an error: it may be text of the answer.
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
TORN: Final = object()
"""The last event, when the response ended within it."""

# Bytes of one event. The largest ones repeat the answer, the instructions and the schemas of all tools.
_MOST_BYTES = 4 * 2**20

# The fields of server-sent events. The field without a name is a comment.
_FIELDS = (b"data", b"event", b"id", b"retry", b"")

# The first characters of JSON that may take several lines, and of an HTML page.
_BEGINNINGS = (b"{", b"[", b'"', b"<")

_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


async def events_of(response: httpx2.Response) -> AsyncGenerator[object]:
    """The JSON of each event, `DONE` where the server sends it, and `TORN` where the response ends within an event.

    Events after `DONE` are read and dropped, so that the connection can be used again.

    Raises:
        MalformedAnswerError: the response has no events, or one that is no JSON.
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
        """Yield the events that a line completes."""

    def close(self) -> Iterator[object]:
        """Yield the events that the end of the response completes, and `TORN` if it ends within one."""
        try:
            yield from self._flush()
        except MalformedAnswerError:
            yield TORN

    def _add(self, data: bytes) -> Iterator[object]:
        """Take a line of data. Some servers send no blank line between events, so a line that is JSON is an event."""
        line = data.strip()
        if line.startswith(b"[DONE]"):
            yield from self._flush()
            yield DONE
        elif not self._data and (found := _parse(data)) is not None:
            yield from self._named(found)
        elif line and (self._data or self._name == "error" or line.startswith(_BEGINNINGS)):
            self._data.append(data)
            self._size += len(data)
            _check_size(self._size)

    def _flush(self) -> Iterator[object]:
        data, self._data, self._size = self._data, [], 0
        whole = _parse(b"\n".join(data)) if data else []
        if whole is not None:
            yield from self._named(whole)
        elif self._name == "error":
            yield {"error": b"\n".join(data).decode(errors="replace")}
        else:
            raise MalformedAnswerError("The data of an event is not JSON")
        self._name = ""

    def _named(self, events: list[object]) -> Iterator[object]:
        """Yield the events, completed by what only the event's name states."""
        for event in events:
            if self._name == "error" and not mapping(event).get("error"):
                yield {"error": event}
            elif self._name.startswith("response.") and isinstance(event, dict) and "type" not in event:
                yield {"type": self._name, **mapping(cast(object, event))}
            else:
                yield event


class _ServerSentEvents(_Parser):
    _last = b""

    def close(self) -> Iterator[object]:
        yield from super().close()
        if self._last and b"data:".startswith(self._last):
            yield TORN

    def feed(self, line: bytes) -> Iterator[object]:
        self._last = line
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
    """The events of a JSON document: the items of an array, or the document itself. None if it is not JSON."""
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError):
        return None
    return cast(list[object], found) if isinstance(found, list) else [found]
