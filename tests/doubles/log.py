"""The log, for whoever waits for a line of it."""

import asyncio
import logging


class Log(logging.Handler):
    """Collects lines; those of the process's event loop only."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        self._news = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self._news.set()

    async def until(self, line: str, *, times: int = 1) -> None:
        """Wait until so many lines hold this."""
        while sum(line in logged for logged in self.lines) < times:
            self._news.clear()
            await self._news.wait()
