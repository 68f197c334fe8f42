"""Turns that wait for too long: processes that answer are missing, or are too few."""

import asyncio
import logging
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from ..logs import cause_of
from ..storage import Database
from ..storage.tables import Turn

logger = logging.getLogger(__name__)

# Seconds after which a waiting turn is delayed.
_DELAYED_AFTER = 60.0

_WARN_EVERY = 300.0  # seconds

# The turns that living processes run. Those of a process that sends no heartbeats wait for another one.
_RUN_BY_THE_LIVING = text(
    "SELECT (job.args->>'turn_id')::bigint FROM procrastinate_jobs job"
    " JOIN procrastinate_workers worker ON worker.id = job.worker_id"
    " WHERE job.status = 'doing' AND worker.last_heartbeat > now() - make_interval(secs => :takeover)"
)


@dataclass(frozen=True)
class Delays:
    """The turns that have waited for more than a minute, though no earlier turn of their conversation runs."""

    turns: int = 0
    longest: int = 0
    """Seconds since the first of them arrived."""


class DelayMonitor:
    """Looks for delayed turns, of all processes that share the database, and logs them."""

    def __init__(self, database: Database, takeover: float | None, running: Callable[[], Collection[int]]) -> None:
        """`takeover` is TURN_TAKEOVER in seconds; None if no other process uses the database. Then `running` returns
        the ids of all turns that run."""
        self._database = database
        self._takeover = takeover
        self._running = running
        self._warned_at = -math.inf
        self.current = Delays()
        """The delays at the last check."""

    async def watch(self, every: float = 15.0) -> None:
        """Check every so many seconds until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                self.current = await self._database.run(partial(_read, self._is_running()))
            except SQLAlchemyError as error:
                logger.debug("Delayed turns not counted, the database is unavailable: %s", cause_of(error))
            else:
                self._log()

    def _log(self) -> None:
        now, delays = asyncio.get_running_loop().time(), self.current
        if delays.turns and now - self._warned_at >= _WARN_EVERY:
            self._warned_at = now
            logger.warning(
                "Turns delayed: %d, the longest for %d s; start more processes that answer, or raise "
                "MAX_CONCURRENT_TURNS",
                delays.turns,
                delays.longest,
            )
        elif not delays.turns and self._warned_at > -math.inf:
            self._warned_at = -math.inf
            logger.info("Turns no longer delayed")

    def _is_running(self) -> ColumnElement[bool]:
        if self._takeover is None:
            return Turn.id.in_(list(self._running()))
        begun = Turn.finished_at.is_(None) & (Turn.attempts > Turn.stops)
        return begun & Turn.id.in_(_RUN_BY_THE_LIVING.bindparams(takeover=self._takeover).columns(Turn.id))


def _read(is_running: ColumnElement[bool], connection: Connection) -> Delays:
    now = datetime.now(UTC)
    delayed = select(func.count(), func.min(Turn.accepted_at)).where(
        Turn.finished_at.is_(None),
        Turn.accepted_at < now - timedelta(seconds=_DELAYED_AFTER),
        Turn.conversation_id.not_in(select(Turn.conversation_id).where(is_running)),
    )
    turns, first = connection.execute(delayed).one()
    return Delays(turns, int((now - first).total_seconds())) if first else Delays()
