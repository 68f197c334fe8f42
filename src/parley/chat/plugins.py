"""Plugins of a prompt: they show, cite and thread its tools."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from microsoft_teams.ai import Function
from microsoft_teams.ai.plugin import BaseAIPlugin
from pydantic import BaseModel

from ..tools.sources import Source, ToolResult

logger = logging.getLogger(__name__)

OnTool = Callable[[str], Awaitable[None]]

Cite = Callable[[Source], int]
"""Returns the number under which the answer may cite a source."""

_HOW_TO_CITE = (
    "Sources. Where your answer rests on one of them, cite it by its number in brackets, such as [1]. "
    "Numbers from earlier in the conversation stand for other sources."
)


class ToolStatus(BaseAIPlugin):
    """Calls `on_tool` with the name of each tool just before the tool runs."""

    def __init__(self, on_tool: OnTool) -> None:
        super().__init__("tool-status")
        self._on_tool = on_tool

    async def on_before_function_call(self, function_name: str, args: BaseModel | None = None) -> None:
        try:
            await self._on_tool(function_name)
        except Exception:
            # A status that is not shown is no reason to fail the tool.
            logger.warning("Tool status of %s not shown", function_name, exc_info=True)


class CitationNumbers(BaseAIPlugin):
    """Numbers the sources of each tool result and tells the model how to cite them."""

    def __init__(self, cite: Cite) -> None:
        super().__init__("citation-numbers")
        self._cite = cite

    async def on_after_function_call(
        self, function_name: str, result: str | ToolResult, args: BaseModel | None = None
    ) -> str:
        if not isinstance(result, ToolResult) or not result.sources:
            return str(result)
        lines = [f"[{self._cite(source)}] {source.title} ({source.url})" for source in result.sources]
        return "\n".join([result.text, "", _HOW_TO_CITE, *lines])


class RunSyncToolsInThread(BaseAIPlugin):
    """Runs tools that are plain functions in threads: a tool that blocks must not stop other conversations."""

    def __init__(self) -> None:
        super().__init__("threads")

    async def on_build_functions(self, functions: list[Function[BaseModel]]) -> list[Function[BaseModel]]:
        return [
            function
            if inspect.iscoroutinefunction(function.handler)
            else replace(function, handler=_in_thread(function.handler))
            for function in functions
        ]


def _in_thread(handler: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def run(*arguments: BaseModel) -> Any:
        result = await asyncio.to_thread(handler, *arguments)
        return await result if inspect.isawaitable(result) else result

    return run
