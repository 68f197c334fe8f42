"""Background tasks."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

# Seconds between two deletions of expired rows.
_DELETE_EVERY = 3600.0


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Run endless coroutines until the block ends. One that ends before is logged as an error."""
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
        logger.error("Background task %s ended unexpectedly", task.get_name(), exc_info=task.exception())


async def delete_expired_periodically(*delete_expired: Callable[[], Awaitable[None]]) -> None:
    """Call each of the functions every hour until cancelled. Failures are logged."""
    while True:
        for delete in delete_expired:
            try:
                await delete()
            except SQLAlchemyError as error:
                logger.warning("Expired rows could not be deleted, retrying in an hour: %s", error)
        await asyncio.sleep(_DELETE_EVERY)
