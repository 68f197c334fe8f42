"""A log handler whose lines a test can wait for."""

import asyncio
import logging


class Log(logging.Handler):
    """Collects the lines that the event loop's thread logs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        self._changed = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self._changed.set()

    async def until(self, line: str, *, times: int = 1) -> None:
        """Wait until `times` lines contain `line`."""
        while sum(line in logged for logged in self.lines) < times:
            self._changed.clear()
            await self._changed.wait()
