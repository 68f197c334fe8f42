"""Work that goes on beside everything else."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

logger = logging.getLogger(__name__)


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Have work go on that has no end of its own, until the block ends. Work that ends before is logged: nobody awaits
    it, so that nobody else would tell."""
    tasks = [asyncio.create_task(each, name=each.__qualname__) for each in work]
    for task in tasks:
        task.add_done_callback(_log_end)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        logger.error("%s has ended, and is not done any more", task.get_name(), exc_info=task.exception())
