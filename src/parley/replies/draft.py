"""The answer as far as it has come."""

import asyncio
from contextlib import suppress

from .safe import BREAK, SafeMarkdown

THINKING = "Thinking…"

# Seconds that a status has to last before a person is shown it: words that come meanwhile are worth more.
PATIENCE = 1.0


class Draft:
    """Collects the pieces of an answer, made safe to be shown, for whoever shows them meanwhile."""

    def __init__(self, safe: SafeMarkdown) -> None:
        self._safe = safe
        self._text = ""
        self._news = asyncio.Event()
        self.set_status(THINKING)
        self.made = asyncio.Event()
        """Set when nothing more is added, because the answer is whole or cannot be made."""

    @property
    def text(self) -> str:
        """What may be shown. It only ever grows at its end; white space alone, visible or not, is nothing."""
        return self._text if self._text.replace(BREAK, "").strip() else ""

    def add(self, chunk: str) -> None:
        self._text += self._safe.feed(chunk)
        self._news.set()

    def set_status(self, line: str) -> None:
        """Note what is being done for the answer, as long as there is no text."""
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
