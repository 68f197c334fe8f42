"""The answer as far as it has come."""

import asyncio
from contextlib import suppress

from ..language import Localizer
from ..markdown.safe import BREAK, SafeMarkdown

# Seconds that a status has to last before a person is shown it: words that come meanwhile are worth more.
PATIENCE = 1.0


class AnswerBuffer:
    """Collects the pieces of an answer, made safe to be shown, for whoever shows them meanwhile."""

    def __init__(self, safe: SafeMarkdown, say: Localizer) -> None:
        self._safe = safe
        self._say = say
        self._text = ""
        self._news = asyncio.Event()
        self._set_status(self._say("thinking"))
        self.made = asyncio.Event()
        """Set when nothing more is added for now: the answer is whole, cannot be made, or has taken a step."""

    @property
    def text(self) -> str:
        """What may be shown. It only ever grows at its end; white space alone, visible or not, is nothing."""
        return self._text if self._text.replace(BREAK, "").strip() else ""

    def add(self, chunk: str) -> None:
        self._text += self._safe.feed(chunk)
        self._news.set()

    def use_tool(self, name: str) -> None:
        """Note that the tool is used for the answer, which is shown as long as there is no text."""
        self._set_status(self._say("using-tool", tool=name.replace("_", " ")))

    def _set_status(self, line: str) -> None:
        self.status = line
        self.status_due = asyncio.get_running_loop().time() + PATIENCE
        self._news.set()

    def complete(self) -> str:
        """The whole text, with what was held back until it was known to be safe."""
        self._text += self._safe.close()
        return self.text

    def set_made(self) -> None:
        self.made.set()
        self._news.set()

    async def news(self, *, until: float) -> None:
        """Wait for a change since the last call, but no longer than until that time of the event loop."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._news.wait()
        self._news.clear()
