"""Patience with the database."""

import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as DatabaseTimeoutError
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, wait_random_exponential

logger = logging.getLogger(__name__)


async def persist[**P, T](step: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Take a step in the database, as soon as that is possible."""
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type((DBAPIError, DatabaseTimeoutError)),
        wait=wait_random_exponential(max=5),  # seconds
        before_sleep=before_sleep_log(logger, logging.WARNING),
    ):
        with attempt:
            return await step(*args, **kwargs)
    raise AssertionError("the last attempt returns or raises")
