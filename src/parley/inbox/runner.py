"""Takes one turn, from its beginning to its end in the database."""

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

from ..storage import retry_until_available
from ..turn import SHUTDOWN_GRACE, current_turn, shielded
from .turn_store import StoredTurn, TakenOverError, TurnStore

logger = logging.getLogger(__name__)

# Seconds in which a turn may have been begun, and not be known here yet. Milliseconds lie between the two, unless the
# process or the database is held up; one look too many costs a query.
_RECENTLY = 5.0

# Seconds until a look for news is repeated that has failed.
_AGAIN_AFTER = 1.0

Process = Callable[[ActivityEvent], Awaitable[Any]]


class Runner:
    """Takes turns through `process`, which is all that the Teams SDK does with an activity.

    A turn that the process has died of is taken once more with others beside it. Its last attempt it has for itself, as
    far as such turns go: the others come later, so that none is set aside for what another one does.

    When its message is changed meanwhile, a turn is broken off and taken anew.
    """

    def __init__(self, ledger: TurnStore, process: Process) -> None:
        self._ledger = ledger
        self._process = process
        self._last_chance = asyncio.Lock()
        self._answering: dict[asyncio.Task[None], StoredTurn] = {}
        self._news = asyncio.Event()
        self._told_at = -math.inf

    async def run(self, turn_id: int) -> bool:
        """Take the turn. What goes wrong in it is logged; when the database is away, it is waited for.

        Returns:
            Whether the turn is through; if not, it should be tried again a little later.

        Raises:
            asyncio.CancelledError: the process is to stop; the turn is left to a later one.
        """
        if turn := await self._begin(turn_id):
            await self._take(turn)
        elif self._last_chance.locked():
            return False
        else:
            async with self._last_chance:
                if turn := await self._begin(turn_id, is_alone=True):
                    await self._take(turn)
        return True

    async def _begin(self, turn_id: int, *, is_alone: bool = False) -> StoredTurn | None:
        turn: StoredTurn | None = None

        async def begin() -> None:
            nonlocal turn
            turn = await retry_until_available(self._ledger.begin, turn_id, is_alone=is_alone)

        try:
            await shielded(begin())
        except asyncio.CancelledError:
            if turn:
                await self._give_back(turn)
            raise
        return turn

    async def watch(self, every: float | None) -> None:
        """Look for messages that were changed while they are answered, when told to and `every` so many seconds; until
        cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._news.wait()
            self._news.clear()
            if self._answering:
                await self._break_off_outdated()

    def look_for_news(self) -> None:
        """Have `watch` look at once."""
        self._told_at = asyncio.get_running_loop().time()
        self._news.set()

    async def _break_off_outdated(self) -> None:
        answering = dict(self._answering)
        try:
            outdated = await self._ledger.outdated(answering.values())
        except SQLAlchemyError as error:
            logger.warning("Whether messages were changed is not known: %s", error)
            await asyncio.sleep(_AGAIN_AFTER)
            self._news.set()
            return
        for task, turn in answering.items():
            if turn.id in outdated and not turn.is_cancelled_by_update:
                turn.is_cancelled_by_update = True
                task.cancel()

    async def _take(self, turn: StoredTurn) -> None:
        try:
            while not (
                await self._is_answered(turn) and await shielded(retry_until_available(self._ledger.finish, turn))
            ):
                logger.info("A message was changed while it was answered")
                turn = await shielded(retry_until_available(self._ledger.begin_anew, turn))
        except TakenOverError:
            logger.warning("A turn was taken over by another process")
        except asyncio.CancelledError:
            await self._give_back(turn)
            raise

    async def _is_answered(self, turn: StoredTurn) -> bool:
        """Whether the turn was answered, or given up; not, if its message was changed before that."""
        answering = asyncio.create_task(self._answer(turn))
        self._answering[answering] = turn
        if asyncio.get_running_loop().time() - self._told_at < _RECENTLY:
            self.look_for_news()  # which may have come just before this turn could be found here
        try:
            await answering
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not turn.is_cancelled_by_update or (task and task.cancelling()):
                raise
        finally:
            del self._answering[answering]
        return not turn.is_cancelled_by_update

    async def _answer(self, turn: StoredTurn) -> None:
        # The gate has checked who sent it; the token itself is not kept.
        sender = cast(TokenProtocol, SimpleNamespace(service_url=turn.activity["serviceUrl"]))
        current_turn.set(turn)
        try:
            await self._process(ActivityEvent(body=CoreActivity.model_validate(turn.activity), token=sender))
        except Exception:
            logger.exception("A turn failed")

    async def _give_back(self, turn: StoredTurn) -> None:
        try:
            async with asyncio.timeout(SHUTDOWN_GRACE):
                await self._ledger.give_back(turn)
        except TakenOverError:
            logger.warning("A turn was taken over by another process")
        except (SQLAlchemyError, TimeoutError):
            logger.warning("A turn that is left to a later process counts as begun")
