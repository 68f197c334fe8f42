"""A connection to an MCP server of any revision, over the official `mcp` package."""

import asyncio
import codecs
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from encodings import utf_8
from importlib.metadata import version
from threading import Thread
from typing import Any, TextIO, cast

import anyio
import httpx2
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client import IncomingMessage, Transport
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp.types import (
    CONNECTION_CLOSED,
    PARSE_ERROR,
    Implementation,
    JSONRPCResponse,
    Tool,
    ToolListChangedNotification,
)
from pydantic import ValidationError

from ...http import trusted
from ...settings.mcp_servers import HttpServer, McpServer, StdioServer
from ...text import on_one_line
from .lenient import made_to_fit

logger = logging.getLogger(__name__)

# Seconds until a server has to be there; a program may have to be fetched first, as `npx` does.
_OPENING_TIMEOUT = 60.0

# Seconds until a server has taken a request over HTTP.
_HTTP_TIMEOUT = 30.0

# Pages of tools that are looked at: some servers' lists have no end.
MAX_PAGES = 100

_LONGEST_LINE = 1_000  # characters of what a program writes to its standard error

# Bytes of one message of a server, of which a result is the longest. A server that sends more is not read on.
_LARGEST_MESSAGE = 10 * 1024 * 1024


@asynccontextmanager
async def open_client(
    server: McpServer, *, longest_silence: float, on_changed: Callable[[], None] = lambda: None
) -> AsyncGenerator[Client]:
    """A client of the server, of the revision that both speak.

    It belongs to the task that opens it, which is cancelled within the block as soon as the server is gone; other tasks
    may use it meanwhile.

    Args:
        server: the one to connect to.
        longest_silence: seconds that an answer may take over HTTP; a server says nothing while a tool is at work.
        on_changed: called when the server says that it has other tools.

    Raises:
        Exception: the server cannot be reached, or is gone. The cause may stand in an `ExceptionGroup`.
    """

    async def hear(message: IncomingMessage) -> None:
        if isinstance(message, ToolListChangedNotification):
            on_changed()

    statuses: list[int] = []  # the last one, of HTTP
    try:
        async with AsyncExitStack() as stack:
            transport = _lenient(await _open_transport(server, longest_silence, statuses, stack))
            client = Client(
                transport,
                mode="auto",
                message_handler=hear,
                client_info=Implementation(name="parley", version=version("parley")),
                cache=None,
            )
            async with asyncio.timeout(_OPENING_TIMEOUT):
                await stack.enter_async_context(client)
            yield client
    except Exception as error:
        # The `mcp` package keeps to itself with which status a server has refused a request.
        if statuses and statuses[-1] >= 300 and isinstance(_innermost(error), MCPError):
            raise ServerError(f"it answers {statuses[-1]}") from error
        raise


async def list_tools(client: Client) -> tuple[list[Tool], bool]:
    """The tools of the server, each once, and whether these are all. A cursor that has been there ends the list."""
    tools: dict[str, Tool] = {}
    cursor: str | None = None
    cursors: set[str] = set()
    for _ in range(MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools |= {tool.name: tool for tool in page.tools}
        cursor = page.next_cursor
        if not cursor or cursor in cursors:
            return [*tools.values()], True
        cursors.add(cursor)
    return [*tools.values()], False


def explain(error: BaseException) -> str:
    """What went wrong with a server, in one line for the log."""
    cause = _innermost(error)
    if isinstance(cause, ServerError):
        return str(cause)
    if isinstance(cause, httpx2.HTTPStatusError):
        return f"it answers {cause.response.status_code}"
    if isinstance(cause, TimeoutError | httpx2.TimeoutException):
        return "it does not answer in time"
    if isinstance(cause, ValidationError) or (isinstance(cause, MCPError) and cause.code == PARSE_ERROR):
        return "what it says is not of the protocol"
    if isinstance(cause, MCPError):
        return "it has hung up" if is_lost(cause) else f"it answers with an error: {on_one_line(cause.message)}"
    return on_one_line(f"{type(cause).__name__}: {cause}")


def is_lost(error: MCPError) -> bool:
    """Return True if the `mcp` package itself has ended a request, since the server is gone."""
    return error.code == CONNECTION_CLOSED and error.message == "Connection closed"  # servers use this code, too


class ServerError(Exception):
    """A server cannot be used, for a reason that can be logged."""


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast(BaseExceptionGroup[BaseException], error).exceptions[0]
    return error


@asynccontextmanager
async def _lenient(transport: Transport) -> AsyncGenerator[Any]:
    """The transport, with results made to fit the protocol. The task that has opened it is cancelled as soon as the
    server hangs up, which a `Client` notices at its next request only."""
    async with transport as (received, sent):
        onward, arriving = anyio.create_memory_object_stream[SessionMessage | Exception]()

        async def pass_on() -> None:
            async for message in received:
                if isinstance(message, SessionMessage) and isinstance(response := message.message, JSONRPCResponse):
                    response.result = made_to_fit(response.result)
                with suppress(anyio.BrokenResourceError):  # the client is closed
                    await onward.send(message)
            if onward.statistics().open_receive_streams:
                raise ServerError("it has hung up")

        async with onward, arriving, anyio.create_task_group() as group:
            group.start_soon(pass_on)
            yield arriving, sent
            group.cancel_scope.cancel()


async def _open_transport(
    server: McpServer, longest_silence: float, statuses: list[int], stack: AsyncExitStack
) -> Transport:
    match server:
        case StdioServer():
            program = StdioServerParameters(
                command=server.command,
                args=list(server.args),
                env=server.env,
                cwd=server.cwd,
                encoding=_BOUNDED_UTF_8,
                encoding_error_handler="replace",
            )
            return stdio_client(program, stack.enter_context(_logged(server.name)))
        case HttpServer():

            async def check(response: httpx2.Response) -> None:
                statuses[:] = [response.status_code]
                if response.headers.get("content-encoding", "identity") != "identity":
                    # What is unpacked could be a thousand times as much as what was sent.
                    raise ServerError("it compresses its answers, though it was asked not to")
                if not response.headers.get("content-type", "").startswith("text/event-stream"):
                    response.stream = _Bounded(cast(httpx2.AsyncByteStream, response.stream))

            url = httpx2.URL(server.url)
            http = httpx2.AsyncClient(
                auth=(url.username, url.password) if url.userinfo else None,  # and not in the URL, which is logged
                verify=trusted(),
                headers={"accept-encoding": "identity", **server.headers},
                timeout=httpx2.Timeout(_HTTP_TIMEOUT, read=longest_silence),
                event_hooks={"response": [check]},
            )
            await stack.enter_async_context(http)
            address = str(url.copy_with(userinfo=b""))
            return streamable_http_client(address, http_client=http, max_sse_event_size=_LARGEST_MESSAGE)
        case _:
            raise TypeError(f"no such kind of server: {type(server).__name__}")


class _Bounded(httpx2.AsyncByteStream):
    """The body of a response, as far as `_LARGEST_MESSAGE`."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > _LARGEST_MESSAGE:
                raise httpx2.StreamError("The answer is too large.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _BoundedDecoder(utf_8.IncrementalDecoder):
    """UTF-8 that leaves out what is beyond `_LARGEST_MESSAGE` in a line: the `mcp` package collects a line of a program
    however long it is. The rest is no message any more, and costs the request that it answers."""

    _size = 0  # bytes of the line that has not ended yet

    def decode(self, input: Any, final: bool = False) -> str:
        kept = input
        if self._size > _LARGEST_MESSAGE:
            _, line_end, following = input.partition(b"\n")
            kept = line_end + following
        end = input.rfind(b"\n")
        self._size = self._size + len(input) if end < 0 else len(input) - end - 1
        return super().decode(kept, final)


_BOUNDED_UTF_8 = "parley_bounded_utf_8"


def _find_codec(name: str) -> codecs.CodecInfo | None:
    utf_8 = codecs.lookup("utf-8")
    if name != _BOUNDED_UTF_8:
        return None
    return codecs.CodecInfo(utf_8.encode, utf_8.decode, incrementaldecoder=_BoundedDecoder, name=name)


codecs.register(_find_codec)


@contextmanager
def _logged(name: str) -> Generator[TextIO]:
    """A file whose lines are logged, without secrets: what a program says of itself while it runs."""
    reading, writing = os.pipe()

    def log() -> None:
        with open(reading, encoding="utf-8", errors="replace") as lines:
            while line := lines.readline(_LONGEST_LINE):
                logger.debug("The MCP server %s says: %s", name, on_one_line(line, _LONGEST_LINE))

    # A daemon: a program that outlives its session must not keep the bot from ending.
    Thread(target=log, name=f"errors of {name}", daemon=True).start()
    with open(writing, "w", encoding="utf-8") as errors:
        yield errors
