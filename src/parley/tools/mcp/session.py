"""A session with an MCP server, over the official `mcp` package."""

import logging
import os
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version
from threading import Thread
from typing import TextIO, cast

import anyio
import httpx
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp.types import Implementation, PaginatedRequestParams, ServerNotification, Tool, ToolListChangedNotification
from pydantic import ValidationError

from ...settings.mcp_servers import HttpServer, McpServer, StdioServer
from ...tls import trusted

logger = logging.getLogger(__name__)

_Received = MemoryObjectReceiveStream[SessionMessage | Exception]
_Sent = MemoryObjectSendStream[SessionMessage]

# Seconds until a server has to be there; a program may have to be fetched first, as `npx` does.
_OPENING_TIMEOUT = 60.0

# Seconds until a server has taken a request over HTTP.
_HTTP_TIMEOUT = 30.0

# Pages of tools that are looked at: some servers' lists have no end.
MAX_PAGES = 100

_LONGEST_LINE = 1_000  # characters of what a program writes to its standard error


@asynccontextmanager
async def open_session(
    server: McpServer, *, longest_silence: float, on_changed: Callable[[], None] = lambda: None
) -> AsyncGenerator[ClientSession]:
    """A session with the server.

    It belongs to the task that opens it, which is cancelled within the block as soon as the server is gone; other tasks
    may use it meanwhile.

    Args:
        server: the one to connect to.
        longest_silence: seconds that an answer may take over HTTP; a server says nothing while a tool is at work.
        on_changed: called when the server says that it has other tools.

    Raises:
        Exception: the server cannot be reached, or is gone. The cause may stand in an `ExceptionGroup`.
    """

    async def hear(message: object) -> None:
        if isinstance(message, ServerNotification) and isinstance(message.root, ToolListChangedNotification):
            on_changed()

    async with AsyncExitStack() as stack:
        received, sent = await _open_streams(server, longest_silence, stack)
        onward, arriving = anyio.create_memory_object_stream[SessionMessage | Exception]()
        for stream in (received, onward, arriving):
            stack.push_async_callback(stream.aclose)

        async def pass_on() -> None:
            # The session does not tell when the server hangs up, so all that it is to hear comes through here.
            async for message in received:
                await onward.send(message)
            raise ConnectionResetError("the server has hung up")

        client = Implementation(name="parley", version=version("parley"))
        session = await stack.enter_async_context(
            ClientSession(arriving, sent, message_handler=hear, client_info=client)
        )
        async with anyio.create_task_group() as group:
            group.start_soon(pass_on)
            with anyio.fail_after(_OPENING_TIMEOUT):
                await session.initialize()
            yield session
            group.cancel_scope.cancel()


async def list_tools(session: ClientSession) -> tuple[list[Tool], bool]:
    """The tools of the server, each once, and whether these are all."""
    tools: dict[str, Tool] = {}
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor))
        tools |= {tool.name: tool for tool in page.tools}
        cursor = page.nextCursor
        if cursor is None:
            break
    return [*tools.values()], cursor is None


def explain(error: BaseException) -> str:
    """What went wrong with a server, in a few words for the log; without a URL, which may hold a secret, and without
    what the server has said."""
    while isinstance(error, BaseExceptionGroup):
        error = cast(BaseExceptionGroup[BaseException], error).exceptions[0]
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answers {error.response.status_code}"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it does not answer in time"
    if isinstance(error, ValidationError):
        return "what it says is not of the protocol"
    return f"{type(error).__name__}: {error}"


async def _open_streams(server: McpServer, longest_silence: float, stack: AsyncExitStack) -> tuple[_Received, _Sent]:
    match server:
        case StdioServer():
            program = StdioServerParameters(
                command=server.command, args=list(server.args), env=server.env, cwd=server.cwd
            )
            errlog = stack.enter_context(_logged(server.name))
            return await stack.enter_async_context(stdio_client(program, errlog))
        case HttpServer():
            timeout = httpx.Timeout(_HTTP_TIMEOUT, read=longest_silence)
            http = await stack.enter_async_context(
                httpx.AsyncClient(verify=trusted(), headers=server.headers, timeout=timeout)
            )
            received, sent, _ = await stack.enter_async_context(streamable_http_client(server.url, http_client=http))
            return received, sent
        case _:
            raise TypeError(f"no such kind of server: {type(server).__name__}")


@contextmanager
def _logged(name: str) -> Generator[TextIO]:
    """A file whose lines are logged, without secrets: what a program says of itself while it runs."""
    reading, writing = os.pipe()

    def log() -> None:
        with open(reading, encoding="utf-8", errors="replace") as lines:
            while line := lines.readline(_LONGEST_LINE):
                logger.debug("The MCP server %s says: %s", name, line.rstrip())

    # A daemon: a program that outlives its session must not keep the bot from ending.
    Thread(target=log, name=f"errors of {name}", daemon=True).start()
    with open(writing, "w", encoding="utf-8") as errors:
        yield errors
