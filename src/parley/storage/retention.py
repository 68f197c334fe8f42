"""What is too old is deleted."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

# Seconds between two times that it is looked for.
_EVERY = 3600.0


async def delete_expired_periodically(*delete_old: Callable[[], Awaitable[None]]) -> None:
    """Delete by each of these what is too old; now and then, until cancelled."""
    while True:
        for delete in delete_old:
            try:
                await delete()
            except SQLAlchemyError as error:
                logger.warning("What is too old could not be deleted, later again: %s", error)
        await asyncio.sleep(_EVERY)
