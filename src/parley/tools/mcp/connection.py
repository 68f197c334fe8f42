"""The connection to one MCP server, which lasts as long as the process and comes back when it is lost."""

import asyncio
import logging
import random
from contextlib import suppress
from typing import Any

import anyio
from mcp import ClientSession, McpError
from mcp.types import Tool
from pydantic import ValidationError

from ...settings.mcp_servers import ALL_TOOLS, McpServer
from ...sources import Sourced
from .results import read_result
from .schemas import fit_tools
from .session import MAX_PAGES, explain, list_tools, open_session

logger = logging.getLogger(__name__)

# Seconds between two looks whether a server is there and which tools it has. Over HTTP nothing else tells that it is
# gone; and a server that knows no sessions cannot tell that its tools have changed.
LOOK_EVERY = 30.0

# Seconds that an answer over HTTP may take beside the work of the tool.
_SLACK = 10.0

_LONGEST_PAUSE = 60.0  # seconds between two attempts to connect


class Connection:
    """Connects to a server, and again when it is gone; offers its tools meanwhile, and none without it."""

    def __init__(self, server: McpServer, *, tool_timeout: float) -> None:
        """A call may take `tool_timeout` seconds."""
        self.name = server.name
        self.tools: list[Tool] = []
        """The tools that the model may be offered now."""
        self.was_tried = asyncio.Event()
        """Set once the first attempt to reach the server has ended, well or not."""
        self._server = server
        self._tool_timeout = tool_timeout
        self._session: ClientSession | None = None
        self._gone = asyncio.Event()
        self._look_again = asyncio.Event()
        self._failures = 0  # in a row
        self._was_told_of = False  # whether the log has that the server is down

    async def keep(self) -> None:
        """Keep the connection until cancelled.

        One task opens it and closes it: what the `mcp` package runs for it is bound to that task.
        """
        task = asyncio.current_task()
        assert task
        while True:
            try:
                async with open_session(
                    self._server, longest_silence=self._tool_timeout + _SLACK, on_changed=self._look_again.set
                ) as session:
                    await self._use(session)
            except Exception as error:
                if task.cancelling():  # what breaks while a session is ended hides that it is to end
                    break
                if not self._was_told_of:
                    logger.warning("The MCP server %s is down, and its tools with it: %s", self.name, explain(error))
                self._was_told_of = True
            self.was_tried.set()
            self._failures += 1
            await asyncio.sleep(min(2.0 ** (self._failures - 1), _LONGEST_PAUSE) * random.uniform(0.5, 1))

    async def call(self, tool: str, arguments: dict[str, Any]) -> str | Sourced:
        """Call a tool of the server; the result, or a sentence that says why there is none."""
        session, gone = self._session, self._gone
        if not session:
            return f"The tool cannot be used now: the server {self.name} cannot be reached."
        calling, losing = asyncio.create_task(session.call_tool(tool, arguments)), asyncio.create_task(gone.wait())
        try:
            await asyncio.wait({calling, losing}, timeout=self._tool_timeout, return_when=asyncio.FIRST_COMPLETED)
            if calling.done():
                return read_result(await calling)
            failure = "the server was lost" if gone.is_set() else f"it took longer than {self._tool_timeout:g} seconds"
        except McpError as error:
            failure = str(error)
        except anyio.ClosedResourceError:
            failure = "the server was lost"
        except (RuntimeError, ValidationError):  # which repeat the result
            failure = "the result is not of the form that it has to be"
        finally:
            calling.cancel()
            losing.cancel()
            await asyncio.gather(calling, losing, return_exceptions=True)
        logger.warning("The tool %s of the MCP server %s has failed", tool, self.name)
        self._look_again.set()
        return f"The tool failed: {failure}."

    async def _use(self, session: ClientSession) -> None:
        """Offer the tools for as long as the server is there."""
        declared = await self._look(session, known=None)
        self._session, self._gone, self._was_told_of = session, asyncio.Event(), False
        self.was_tried.set()
        try:
            while True:
                self._look_again.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._look_again.wait()
                declared = await self._look(session, known=declared)
                self._failures = 0  # not before: a server may come up and break down at once, over and over
        finally:
            # At once, because to end a session can take a while.
            self._session, self.tools = None, []
            self._gone.set()

    async def _look(self, session: ClientSession, known: list[Tool] | None) -> list[Tool]:
        """Offer the tools that are there now. Returns all that are declared; tells the log if they were not `known`."""
        # Some servers do not answer while a tool is at work; one that has not lost its time is not taken for dead.
        async with asyncio.timeout(self._tool_timeout):
            present, are_all = await list_tools(session)
        declared = [tool for tool in present if self._server.offers(tool.name)]
        if declared == known:
            return declared
        self.tools = await asyncio.to_thread(fit_tools, declared)
        offered = [tool.name for tool in self.tools]
        names = {tool.name for tool in present}
        logger.info("The MCP server %s offers %s", self.name, ", ".join(offered) or "no tools")
        if not are_all:
            logger.warning(
                "The MCP server %s has more than %d pages of tools; those on the others are left out",
                self.name,
                MAX_PAGES,
            )
        if missing := {*self._server.tools} - names - {ALL_TOOLS}:
            logger.warning("The MCP server %s has no tool named %s", self.name, ", ".join(sorted(missing)))
        if unfit := [tool.name for tool in declared if tool.name not in offered]:
            logger.warning(
                "The MCP server %s has tools with parameters that models do not take, which are left out: %s",
                self.name,
                ", ".join(unfit),
            )
        return declared
