"""Receives the activities that the gate admits."""

import asyncio
import logging
from typing import Any
from weakref import WeakValueDictionary

from microsoft_teams.api import InvokeResponse
from microsoft_teams.apps import ActivityEvent
from sqlalchemy.exc import SQLAlchemyError

from .queue import Queue
from .runner import Handle, Runner
from .turn_key import TurnKey, turn_key_of
from .turn_store import TurnStore

logger = logging.getLogger(__name__)

# Seconds that an activity may wait for earlier ones of its conversation to be stored.
_MAX_WAIT = 3.0


class Inbox:
    """Stores messages and their updates as turns, and acknowledges them; the queue runs them later.

    Other activities, for example invokes, are processed immediately: their result is the HTTP response.
    """

    def __init__(self, store: TurnStore, queue: Queue, runner: Runner, handle: Handle) -> None:
        """`handle` is the Teams SDK's own handling of an activity."""
        self._store = store
        self._queue = queue
        self._runner = runner
        self._handle = handle
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """By conversation. They keep activities in the order of their arrival until they are stored."""

    async def receive(self, event: ActivityEvent) -> InvokeResponse[Any]:
        """Store or process an activity. If it cannot be stored, respond with 503, so that Teams sends it again."""
        activity = event.body.model_dump(mode="json", by_alias=True, exclude_none=True)
        key = turn_key_of(activity)
        if key is None:
            return await self._handle(event)
        try:
            await self._accept(activity, key)
        except (SQLAlchemyError, TimeoutError) as error:
            logger.error("Activity rejected, the database is unavailable: %s", error)
            return InvokeResponse(status=503)
        return InvokeResponse(status=200)

    async def _accept(self, activity: dict[str, Any], key: TurnKey) -> None:
        lock = self._locks.setdefault(activity["conversation"]["id"], asyncio.Lock())
        async with asyncio.timeout(_MAX_WAIT):
            await lock.acquire()
        try:
            turn = await self._store.accept(activity, key, self._queue.enqueue)
            if turn:
                self._queue.committed(turn)
            elif key.kind.is_update:
                self._runner.check_for_updates()
        finally:
            lock.release()
