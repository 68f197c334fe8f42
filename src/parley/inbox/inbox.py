"""Where activities arrive that the gate has let in."""

import asyncio
import logging
from typing import Any, Protocol
from weakref import WeakValueDictionary

from microsoft_teams.api import InvokeResponse
from microsoft_teams.apps import ActivityEvent
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from .runner import Process, Runner
from .turn_key import TurnKey, turn_key_of
from .turn_store import QueuedTurn, TurnStore

logger = logging.getLogger(__name__)

# Seconds that a message may wait for those of its conversation to be stored.
_PATIENCE = 3.0


class Queue(Protocol):
    """Who takes the turns, and when."""

    @property
    def is_stopping(self) -> bool:
        """Whether no more turns are begun."""
        ...

    async def start(self) -> None:
        """Take turns, those among them that an earlier process has left."""
        ...

    def enqueue(self, transaction: Connection, place: QueuedTurn) -> None:
        """Have the turn taken, if the transaction that stores it is committed."""
        ...

    def notice(self, place: QueuedTurn) -> None:
        """Take note that the transaction was committed."""
        ...

    async def stop(self, grace: float) -> None:
        """Begin no more turns, and end those that are being taken within `grace` seconds; what is unfinished then is
        cancelled. All of it is left to other processes."""
        ...


class Inbox:
    """Takes activities in: messages and news of them as turns, which are acknowledged as soon as they are stored and
    taken later. All else, invokes among it, is answered in its own response."""

    def __init__(self, ledger: TurnStore, queue: Queue, runner: Runner, process: Process) -> None:
        """`process` is all that the Teams SDK does with an activity."""
        self._ledger = ledger
        self._queue = queue
        self._runner = runner
        self._process = process
        self._arrivals: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def receive(self, event: ActivityEvent) -> InvokeResponse[Any]:
        """Take an activity in. The status is 503 when it cannot be stored, so that Teams sends it again."""
        activity = event.body.model_dump(mode="json", by_alias=True, exclude_none=True)
        subject = turn_key_of(activity)
        if subject is None:
            return await self._process(event)
        try:
            await self._accept(activity, subject)
        except (SQLAlchemyError, TimeoutError) as error:
            logger.error("An activity was not taken in, because the database is away: %s", error)
            return InvokeResponse(status=503)
        return InvokeResponse(status=200)

    async def _accept(self, activity: dict[str, Any], subject: TurnKey) -> None:
        # Else two messages could be stored in another order than that in which they arrived.
        arrivals = self._arrivals.setdefault(activity["conversation"]["id"], asyncio.Lock())
        async with asyncio.timeout(_PATIENCE):
            await arrivals.acquire()
        try:
            place = await self._ledger.accept(activity, subject, self._queue.enqueue)
            if place:
                self._queue.notice(place)
            elif subject.kind.is_update:
                self._runner.look_for_news()
        finally:
            arrivals.release()
