"""Keeps the connection to one MCP server for the life of the process."""

import asyncio
import logging
import random
from contextlib import suppress
from typing import Any

import anyio
from mcp import Client, MCPError
from mcp.types import PARSE_ERROR, Tool
from pydantic import ValidationError

from ...settings.mcp_servers import ALL_TOOLS, McpServer
from ...text import on_one_line
from ..sources import ToolResult
from .results import cut, read_result
from .schemas import LONGEST_DESCRIPTION, description_of, fit_tools, needs_task
from .session import explain, is_lost, list_tools, open_client

logger = logging.getLogger(__name__)

# Seconds between two requests for the list of tools. Over HTTP nothing else shows that a server is gone, and a server
# without sessions cannot announce that its tools have changed.
REFRESH_INTERVAL = 30.0

# Seconds that an answer over HTTP may take in addition to the tool's own time.
_SLACK = 10.0

_LONGEST_BACKOFF = 60.0  # seconds between two attempts to connect

_LONGEST_NAMES = 2_000  # characters for the names of tools in a log line


class Connection:
    """Connects to a server, reconnects when it is lost, and offers its tools while it is up."""

    def __init__(self, server: McpServer, *, tool_timeout: float) -> None:
        """`tool_timeout` is the time for a call, in seconds."""
        self.name = server.name
        self.tools: list[Tool] = []
        """The tools to offer to the model while the server is up."""
        self.was_tried = asyncio.Event()
        """Set once the first attempt to connect has ended, successfully or not."""
        self._server = server
        self._tool_timeout = tool_timeout
        self._client: Client | None = None
        self._refresh_now = asyncio.Event()
        self._is_stopping = False
        self._scope = anyio.CancelScope()
        self._failures = 0  # in a row
        self._outage_logged = False

    @property
    def is_up(self) -> bool:
        """True while the server can be called."""
        return self._client is not None

    async def keep(self) -> None:
        """Keep the connection until `stop` or `cancel`.

        One task opens and closes it, because the `mcp` package binds a client to its task.
        """
        with self._scope:
            while not self._is_stopping:
                try:
                    async with open_client(
                        self._server, longest_silence=self._tool_timeout + _SLACK, on_changed=self._refresh_now.set
                    ) as client:
                        await self._use(client)
                        break
                except Exception as error:
                    if self._is_stopping:
                        break
                    if not self._outage_logged:
                        logger.warning("MCP server %s down, its tools are not offered: %s", self.name, explain(error))
                    self._outage_logged = True
                self.was_tried.set()
                self._failures += 1
                await asyncio.sleep(min(2.0 ** (self._failures - 1), _LONGEST_BACKOFF) * random.uniform(0.5, 1))

    def stop(self) -> None:
        """Let `keep` close the connection cleanly."""
        self._is_stopping = True
        self._refresh_now.set()
        if not self.is_up:
            self.cancel()

    def cancel(self) -> None:
        """End `keep` immediately. Cancelling its task could leave a program running that is already being ended."""
        self._scope.cancel()

    async def call(self, tool: str, arguments: dict[str, Any]) -> str | ToolResult:
        """Call a tool of the server. Return the result, or a sentence for the model that says why there is none."""
        client = self._client
        if not client:
            return f"The tool cannot be used now, because the server {self.name} is down."
        try:
            async with asyncio.timeout(self._tool_timeout):
                return read_result(await client.call_tool(tool, arguments))
        except TimeoutError:
            failure = f"it took longer than {self._tool_timeout:g} seconds"
        except ValidationError:  # its text repeats the result
            failure = "the result is malformed"
        except RuntimeError:  # the server asks for input, which Parley does not give, or the client is closed
            failure = "the result is malformed" if self._client is client else "the server was lost"
        except MCPError as error:
            if is_lost(error):
                failure = "the server was lost"
            elif error.code == PARSE_ERROR:
                failure = "the result is too large or malformed"
            else:
                failure = cut(error.message)
        logger.warning("Tool %s of MCP server %s failed", on_one_line(tool), self.name)
        self._refresh_now.set()
        return f"The tool failed: {failure}."

    async def _use(self, client: Client) -> None:
        """Offer the tools until the server is lost or the connection is stopped."""
        declared = await self._refresh(client, known=None)
        self._client, self._outage_logged = client, False
        self.was_tried.set()
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(REFRESH_INTERVAL):
                        await self._refresh_now.wait()
                if self._is_stopping:
                    return
                self._refresh_now.clear()
                declared = await self._refresh(client, known=declared)
                self._failures = 0  # not earlier: a server may come up and fail immediately, again and again
        finally:
            # Before the client is closed, which can take a while.
            self._client = None

    async def _refresh(self, client: Client, known: list[Tool] | None) -> list[Tool]:
        """Offer the tools that the server lists now; log them unless they are `known`. Return those of MCP_SERVERS."""
        # Some servers do not answer while a tool runs, so they get its time.
        async with asyncio.timeout(self._tool_timeout):
            present, are_all = await list_tools(client)
        declared = [tool for tool in present if self._server.offers(tool.name)]
        if declared == known:
            return declared
        self.tools = await asyncio.to_thread(fit_tools, declared)
        offered = [tool.name for tool in self.tools]
        tasks = [tool.name for tool in declared if needs_task(tool)]
        unfit = [tool.name for tool in declared if tool.name not in offered and tool.name not in tasks]
        cut_short = [tool.name for tool in self.tools if len(description_of(tool)) > LONGEST_DESCRIPTION]
        missing = {*self._server.tools} - {tool.name for tool in present} - {ALL_TOOLS}
        logger.info("MCP server %s up, tools: %s", self.name, _shown(offered) or "none")
        if not are_all:
            logger.warning("MCP server %s lists more tools than Parley reads, the rest is left out", self.name)
        for problem, names in {
            "no such tools": sorted(missing),
            "tools left out, models do not take their parameters": unfit,
            "tools left out, they run as tasks only": tasks,
            f"descriptions cut to {LONGEST_DESCRIPTION} characters": cut_short,
        }.items():
            if names:
                logger.warning("MCP server %s: %s: %s", self.name, problem, _shown(names))
        return declared


def _shown(names: list[str]) -> str:
    return on_one_line(", ".join(names), _LONGEST_NAMES)
