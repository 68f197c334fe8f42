"""Patience with the database."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError
from sqlalchemy.exc import TimeoutError as DatabaseTimeoutError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from ..logs import cause_of

logger = logging.getLogger(__name__)


async def retry_until_available[**P, T](
    step: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Take a step in the database as soon as that is possible. It is tried again without end, until cancelled.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database will never take it.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        wait=wait_random_exponential(max=5),  # seconds
        before_sleep=_log,
    )
    return await retrying(step, *args, **kwargs)


def _may_pass(error: BaseException) -> bool:
    # Not so a missing table or column: an upgrade may be under way, or the next process be of the right version.
    if isinstance(error, IntegrityError | DataError | NotSupportedError):
        return False
    return isinstance(error, DBAPIError | DatabaseTimeoutError)


def _log(state: RetryCallState) -> None:
    assert state.outcome and state.next_action
    error = state.outcome.exception()
    assert error
    logger.warning("The database cannot be used, again in %.1f s: %s", state.next_action.sleep, cause_of(error))
