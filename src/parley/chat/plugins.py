"""What a prompt does with each tool, beside running it."""

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
"""Takes a source in, and gives the number by which the answer can cite it."""

_HOW_TO_CITE = (
    "Sources. Where your answer rests on one of them, cite it by its number in brackets, such as [1]. "
    "Numbers from earlier in the conversation stand for other sources."
)


class ToolStatus(BaseAIPlugin):
    """Announces each tool, by its name, just before it runs. Tools of one round are announced side by side."""

    def __init__(self, on_tool: OnTool) -> None:
        super().__init__("announcer")
        self._on_tool = on_tool

    async def on_before_function_call(self, function_name: str, args: BaseModel | None = None) -> None:
        try:
            await self._on_tool(function_name)
        except Exception:
            # The tool is worth running all the same.
            logger.warning("The tool %s could not be announced", function_name, exc_info=True)


class CitationNumbers(BaseAIPlugin):
    """Numbers the sources of each result, and tells the model how to cite them."""

    def __init__(self, cite: Cite) -> None:
        super().__init__("numbering")
        self._cite = cite

    async def on_after_function_call(
        self, function_name: str, result: str | ToolResult, args: BaseModel | None = None
    ) -> str:
        if not isinstance(result, ToolResult) or not result.sources:
            return str(result)
        lines = [f"[{self._cite(source)}] {source.title} ({source.url})" for source in result.sources]
        return "\n".join([result.text, "", _HOW_TO_CITE, *lines])


class RunSyncToolsInThread(BaseAIPlugin):
    """Runs each tool that is no coroutine in a thread: it may block, and the other conversations must go on."""

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
