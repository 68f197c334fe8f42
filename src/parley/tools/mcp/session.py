"""Opens a client of an MCP server of any revision, with the official `mcp` package."""

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

from ...http import direct_mounts, tls_context
from ...settings.mcp_servers import HttpServer, McpServer, StdioServer
from ...text import on_one_line
from .lenient import MAX_TOOLS, made_to_fit

logger = logging.getLogger(__name__)

# Seconds to open a connection; `npx` may have to download the program first.
_OPENING_TIMEOUT = 60.0

# Seconds to connect and to send a request over HTTP.
_HTTP_TIMEOUT = 30.0

# Pages of a list of tools; the lists of some servers never end.
_MAX_PAGES = 100

_LONGEST_LINE = 1_000  # characters of a line on a program's standard error

# Bytes of one message of a server, and of all tools that it lists.
_LARGEST_MESSAGE = 10 * 1024 * 1024


@asynccontextmanager
async def open_client(
    server: McpServer, *, longest_silence: float, on_changed: Callable[[], None] = lambda: None
) -> AsyncGenerator[Client]:
    """Open a client that speaks the newest revision that the server knows.

    The block is cancelled as soon as the server hangs up. Other tasks may use the client while the block lasts.

    Args:
        server: The server to connect to.
        longest_silence: Seconds without data over HTTP; servers send nothing while a tool runs.
        on_changed: Called when the server announces that its tools have changed.

    Raises:
        Exception: The server cannot be reached, or hung up. The cause may be inside an `ExceptionGroup`.
    """

    async def on_message(message: IncomingMessage) -> None:
        if isinstance(message, ToolListChangedNotification):
            on_changed()

    statuses: list[int] = []  # the last HTTP status
    try:
        async with AsyncExitStack() as stack:
            transport = _lenient(await _open_transport(server, longest_silence, statuses, stack))
            client = Client(
                transport,
                mode="auto",
                message_handler=on_message,
                client_info=Implementation(name="parley", version=version("parley")),
                cache=None,
            )
            async with asyncio.timeout(_OPENING_TIMEOUT):
                await stack.enter_async_context(client)
            yield client
    except Exception as error:
        # The error of the `mcp` package does not have the status.
        if statuses and statuses[-1] >= 300 and isinstance(_innermost(error), MCPError):
            raise ServerError(f"it answers {statuses[-1]}") from error
        raise


async def list_tools(client: Client) -> tuple[list[Tool], bool]:
    """Return the tools of the server, each once, and False if it has more than Parley reads. A repeated cursor ends the
    list."""
    tools: dict[str, Tool] = {}
    size = 0  # bytes
    cursor: str | None = None
    cursors: set[str] = set()
    for _ in range(_MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools |= {tool.name: tool for tool in page.tools}
        size += sum(len(tool.model_dump_json()) for tool in page.tools)
        if len(tools) > MAX_TOOLS or size > _LARGEST_MESSAGE:
            return [*tools.values()][:MAX_TOOLS], False
        cursor = page.next_cursor
        if not cursor or cursor in cursors:
            return [*tools.values()], True
        cursors.add(cursor)
    return [*tools.values()], False


def explain(error: BaseException) -> str:
    """Describe the failure of a server in one line for the log."""
    cause = _innermost(error)
    if isinstance(cause, ServerError):
        return str(cause)
    if isinstance(cause, httpx2.HTTPStatusError):
        return f"it answers {cause.response.status_code}"
    if isinstance(cause, TimeoutError | httpx2.TimeoutException):
        return "it does not answer in time"
    if isinstance(cause, ValidationError) or (isinstance(cause, MCPError) and cause.code == PARSE_ERROR):
        return "its message breaks the protocol"
    if isinstance(cause, MCPError):
        return "it hung up" if is_lost(cause) else f"it answers with an error: {on_one_line(cause.message)}"
    return on_one_line(f"{type(cause).__name__}: {cause}")


def is_lost(error: MCPError) -> bool:
    """True if the `mcp` package ended the request because the server hung up."""
    return error.code == CONNECTION_CLOSED and error.message == "Connection closed"  # servers use the code, too


class ServerError(Exception):
    """A server cannot be used; the text may be logged."""


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast(BaseExceptionGroup[BaseException], error).exceptions[0]
    return error


@asynccontextmanager
async def _lenient(transport: Transport) -> AsyncGenerator[Any]:
    """The transport with results made to fit the protocol. Its block is cancelled as soon as the server hangs up; a
    `Client` alone would notice at its next request."""
    async with transport as (received, sent):
        onward, arriving = anyio.create_memory_object_stream[SessionMessage | Exception]()

        async def pass_on() -> None:
            async for message in received:
                if isinstance(message, SessionMessage) and isinstance(response := message.message, JSONRPCResponse):
                    response.result = made_to_fit(response.result)
                with suppress(anyio.BrokenResourceError):  # the client is closed
                    await onward.send(message)
            if onward.statistics().open_receive_streams:
                raise ServerError("it hung up")

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
                    # A compressed answer can be a thousand times larger than the bytes that are counted.
                    raise ServerError("it compresses its answers, which Parley does not accept")
                if not response.headers.get("content-type", "").startswith("text/event-stream"):
                    response.stream = _Bounded(cast(httpx2.AsyncByteStream, response.stream))

            url = httpx2.URL(server.url)
            http = httpx2.AsyncClient(
                auth=(url.username, url.password) if url.userinfo else None,  # not in the URL, which the client logs
                verify=tls_context(),
                headers={"accept-encoding": "identity", **server.headers},
                timeout=httpx2.Timeout(_HTTP_TIMEOUT, read=longest_silence),
                event_hooks={"response": [check]},
                mounts=direct_mounts(url.host),
            )
            await stack.enter_async_context(http)
            address = str(url.copy_with(userinfo=b""))
            return streamable_http_client(address, http_client=http, max_sse_event_size=_LARGEST_MESSAGE)
        case _:
            raise TypeError(f"Unknown kind of server: {type(server).__name__}")


class _Bounded(httpx2.AsyncByteStream):
    """A response body that fails beyond `_LARGEST_MESSAGE`."""

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
    """Decodes UTF-8 and drops the rest of a line beyond `_LARGEST_MESSAGE`, because the `mcp` package has no limit.

    What is left of the line is not valid JSON and fails the request that it answers.
    """

    _size = 0  # bytes of the current line

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
    """A file for a program's standard error. Its lines are logged at DEBUG."""
    reading, writing = os.pipe()

    def log() -> None:
        with open(reading, encoding="utf-8", errors="replace") as lines:
            while line := lines.readline(_LONGEST_LINE):
                logger.debug("MCP server %s: %s", name, on_one_line(line, _LONGEST_LINE))

    # A daemon thread, so that a program that does not end cannot keep the bot alive.
    Thread(target=log, name=f"errors of {name}", daemon=True).start()
    with open(writing, "w", encoding="utf-8") as errors:
        yield errors
