"""The connection to one MCP server, which lasts as long as the process and comes back when it is lost."""

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
from .session import MAX_PAGES, explain, is_lost, list_tools, open_client

logger = logging.getLogger(__name__)

# Seconds between two looks whether a server is there and which tools it has. Over HTTP nothing else tells that it is
# gone; and a server that knows no sessions cannot tell that its tools have changed.
LOOK_EVERY = 30.0

# Seconds that an answer over HTTP may take beside the work of the tool.
_SLACK = 10.0

_LONGEST_PAUSE = 60.0  # seconds between two attempts to connect

_LONGEST_NAMES = 2_000  # characters of a line of the log for the names of tools


class Connection:
    """Connects to a server, and again when it is gone; offers its tools meanwhile, and none without it."""

    def __init__(self, server: McpServer, *, tool_timeout: float) -> None:
        """A call may take `tool_timeout` seconds."""
        self.name = server.name
        self.tools: list[Tool] = []
        """The tools that the model may be offered while the server is there."""
        self.was_tried = asyncio.Event()
        """Set once the first attempt to reach the server has ended, well or not."""
        self._server = server
        self._tool_timeout = tool_timeout
        self._client: Client | None = None
        self._look_again = asyncio.Event()
        self._is_stopping = False
        self._scope = anyio.CancelScope()
        self._failures = 0  # in a row
        self._was_told_of = False  # whether the log has that the server is down

    @property
    def is_up(self) -> bool:
        """True while the server is there."""
        return self._client is not None

    async def keep(self) -> None:
        """Keep the connection until it is stopped.

        One task opens it and closes it: what the `mcp` package runs for it is bound to that task.
        """
        with self._scope:
            while not self._is_stopping:
                try:
                    async with open_client(
                        self._server, longest_silence=self._tool_timeout + _SLACK, on_changed=self._look_again.set
                    ) as client:
                        await self._use(client)
                        break
                except Exception as error:
                    if self._is_stopping:  # what breaks meanwhile is not worth a word
                        break
                    if not self._was_told_of:
                        logger.warning(
                            "The MCP server %s is down, and its tools with it: %s", self.name, explain(error)
                        )
                    self._was_told_of = True
                self.was_tried.set()
                self._failures += 1
                await asyncio.sleep(min(2.0 ** (self._failures - 1), _LONGEST_PAUSE) * random.uniform(0.5, 1))

    def stop(self) -> None:
        """Let `keep` end in good order, if the server is there; `cancel` does not wait for it."""
        self._is_stopping = True
        self._look_again.set()
        if not self.is_up:
            self.cancel()

    def cancel(self) -> None:
        """End `keep`. The cancellation of a task would leave a program behind that is being ended already."""
        self._scope.cancel()

    async def call(self, tool: str, arguments: dict[str, Any]) -> str | ToolResult:
        """Call a tool of the server; the result, or a sentence that says why there is none."""
        client = self._client
        if not client:
            return f"The tool cannot be used now: the server {self.name} cannot be reached."
        try:
            async with asyncio.timeout(self._tool_timeout):
                return read_result(await client.call_tool(tool, arguments))
        except TimeoutError:
            failure = f"it took longer than {self._tool_timeout:g} seconds"
        except (RuntimeError, ValidationError):  # which repeat the result
            failure = "the result is not of the form that it has to be"
        except MCPError as error:
            if is_lost(error):
                failure = "the server was lost"
            elif error.code == PARSE_ERROR:
                failure = "the result is too large, or not of the form that it has to be"
            else:
                failure = cut(error.message)
        logger.warning("The tool %s of the MCP server %s has failed", on_one_line(tool), self.name)
        self._look_again.set()
        return f"The tool failed: {failure}."

    async def _use(self, client: Client) -> None:
        """Offer the tools for as long as the server is there, until the connection is stopped."""
        declared = await self._look(client, known=None)
        self._client, self._was_told_of = client, False
        self.was_tried.set()
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._look_again.wait()
                if self._is_stopping:
                    return
                self._look_again.clear()
                declared = await self._look(client, known=declared)
                self._failures = 0  # not before: a server may come up and break down at once, over and over
        finally:
            # At once, because to close a client can take a while.
            self._client = None

    async def _look(self, client: Client, known: list[Tool] | None) -> list[Tool]:
        """Offer the tools that are there now. Returns all that are declared; tells the log if they were not `known`."""
        # Some servers do not answer while a tool is at work; one that has not lost its time is not taken for dead.
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
        logger.info("The MCP server %s offers %s", self.name, _shown(offered) or "no tools")
        if not are_all:
            logger.warning(
                "The MCP server %s has more than %d pages of tools; those on the others are left out",
                self.name,
                MAX_PAGES,
            )
        if missing:
            logger.warning("The MCP server %s has no tool named %s", self.name, _shown(sorted(missing)))
        if unfit:
            logger.warning(
                "The MCP server %s has tools with parameters that models do not take, which are left out: %s",
                self.name,
                _shown(unfit),
            )
        if tasks:
            logger.warning(
                "The MCP server %s has tools that run as tasks only, which are left out: %s", self.name, _shown(tasks)
            )
        if cut_short:
            logger.warning(
                "The MCP server %s has tools whose descriptions are cut, since models take %d characters: %s",
                self.name,
                LONGEST_DESCRIPTION,
                _shown(cut_short),
            )
        return declared


def _shown(names: list[str]) -> str:
    return on_one_line(", ".join(names), _LONGEST_NAMES)
