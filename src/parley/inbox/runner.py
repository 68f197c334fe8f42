"""Runs one turn, from its first attempt to its end in the database."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

from microsoft_teams.api import TokenProtocol
from microsoft_teams.apps import ActivityEvent
from microsoft_teams.apps.events import CoreActivity
from sqlalchemy.exc import SQLAlchemyError

from ..logs import logged_turn
from ..storage import retry_until_available
from ..turn import SHUTDOWN_GRACE, current_turn, shielded
from .turn_store import StoredTurn, TakenOverError, TurnStore

logger = logging.getLogger(__name__)

# Seconds after an update in which a turn may begin with the activity from before the update. Normally that takes
# milliseconds; a needless check costs one query.
_RECENTLY = 5.0

# Seconds until a check for updates that failed is repeated.
_RETRY_AFTER = 1.0

Handle = Callable[[ActivityEvent], Awaitable[Any]]


class Runner:
    """Runs turns through `handle`, the Teams SDK's own handling of an activity.

    Turns on their last attempt run one at a time, so that a crash is blamed on the turn that caused it. A turn whose
    message is updated meanwhile is cancelled, and starts again.
    """

    def __init__(self, store: TurnStore, handle: Handle) -> None:
        self._store = store
        self._handle = handle
        self._last_attempt = asyncio.Lock()
        self._answering: dict[asyncio.Task[None], StoredTurn] = {}
        self._check_due = asyncio.Event()
        self._check_requested_at = -math.inf
        self.answered = 0
        """The number of turns that were answered."""

    @property
    def running(self) -> set[int]:
        """The ids of the turns that this process is answering."""
        return {turn.id for turn in self._answering.values()}

    async def run(self, turn_id: int) -> bool:
        """Run a turn. Its errors are logged, and an unavailable database is waited for.

        Returns:
            False if the turn has to be run later, because it and another turn are both on their last attempt. It does
            not wait here, where it would take the place of turns that can run.

        Raises:
            asyncio.CancelledError: the process shuts down; the turn is left to another one.
        """
        if turn := await self._begin(turn_id):
            await self._finish(turn)
        elif self._last_attempt.locked():
            return False
        else:
            async with self._last_attempt:
                if turn := await self._begin(turn_id, is_alone=True):
                    await self._finish(turn)
        return True

    async def watch(self, every: float | None) -> None:
        """Check every so many seconds, and after `check_for_updates`, if messages in progress were updated.

        Cancels their turns, which then start again. Returns when cancelled itself.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._check_due.wait()
            self._check_due.clear()
            if self._answering:
                await self._cancel_updated()

    def check_for_updates(self) -> None:
        """Make `watch` check now."""
        self._check_requested_at = asyncio.get_running_loop().time()
        self._check_due.set()

    async def _begin(self, turn_id: int, *, is_alone: bool = False) -> StoredTurn | None:
        turn: StoredTurn | None = None

        async def begin() -> None:
            nonlocal turn
            turn = await retry_until_available(self._store.begin, turn_id, is_alone=is_alone)

        try:
            await shielded(begin())
        except asyncio.CancelledError:
            if turn:
                with logged_turn(turn.id, turn.conversation_id):
                    await self._give_back(turn)
            raise
        return turn

    async def _finish(self, turn: StoredTurn) -> None:
        """Answer the turn until an attempt was not overtaken by an update."""
        store = self._store
        with logged_turn(turn.id, turn.conversation_id):
            try:
                while not (await self._answer(turn) and await shielded(retry_until_available(store.finish, turn))):
                    logger.info("Message updated during its answer, starting again")
                    turn = await shielded(retry_until_available(store.restart, turn))
            except TakenOverError:
                logger.warning("Turn taken over by another process")
            except asyncio.CancelledError:
                await self._give_back(turn)
                raise

    async def _answer(self, turn: StoredTurn) -> bool:
        """Answer the turn, successfully or not. Return False if an update cancelled it."""
        answering = asyncio.create_task(self._handle_logged(turn))
        self._answering[answering] = turn
        if asyncio.get_running_loop().time() - self._check_requested_at < _RECENTLY:
            self.check_for_updates()  # the last check may have missed this turn
        try:
            await answering
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not turn.is_cancelled_by_update or (task and task.cancelling()):
                raise
        finally:
            del self._answering[answering]
        return not turn.is_cancelled_by_update

    async def _handle_logged(self, turn: StoredTurn) -> None:
        # The gate has verified the sender; the token itself is not stored.
        sender = cast(TokenProtocol, SimpleNamespace(service_url=turn.activity["serviceUrl"]))
        current_turn.set(turn)
        try:
            await self._handle(ActivityEvent(body=CoreActivity.model_validate(turn.activity), token=sender))
        except Exception:
            logger.exception("Turn failed")
        else:
            self.answered += not turn.has_failed

    async def _cancel_updated(self) -> None:
        answering = dict(self._answering)
        try:
            updated = await self._store.find_updated(answering.values())
        except SQLAlchemyError as error:
            logger.warning("Check for message updates failed, retrying: %s", error)
            await asyncio.sleep(_RETRY_AFTER)
            self._check_due.set()
            return
        for task, turn in answering.items():
            if turn.id in updated and not turn.is_cancelled_by_update:
                turn.is_cancelled_by_update = True
                task.cancel()

    async def _give_back(self, turn: StoredTurn) -> None:
        try:
            async with asyncio.timeout(SHUTDOWN_GRACE):
                await self._store.give_back(turn)
        except TakenOverError:
            logger.warning("Turn not given back: it has ended, or another process has taken it over")
        except (SQLAlchemyError, TimeoutError):
            logger.warning("Turn not given back at shutdown, this attempt counts as a crash")
