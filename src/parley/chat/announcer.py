"""Tells which tool the model is using."""

import logging
from collections.abc import Awaitable, Callable

from microsoft_teams.ai.plugin import BaseAIPlugin
from pydantic import BaseModel

logger = logging.getLogger(__name__)

OnTool = Callable[[str], Awaitable[None]]


class Announcer(BaseAIPlugin):
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
