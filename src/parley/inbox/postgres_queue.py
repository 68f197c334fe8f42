"""Turns as jobs of procrastinate, for all processes that share a PostgreSQL database.

1. A turn is stored with its job, in one transaction. The conversation is the job's lock.
2. A worker in each process fetches the first job whose lock is free, takes its turn and deletes the job. First are the
   jobs of users who have the fewest turns before them, and then the oldest ones.
3. Each process gives signs of life. The jobs of one that gives none are put back for the others to fetch.

Nothing rests on a turn being taken once at a time: it may be begun again while a process that was thought dead is still
at it. The ledger counts attempts, and lets only the latest write.
"""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, LiteralString

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision, SyncPsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker
from psycopg import AsyncConnection as PsycopgConnection
from psycopg import OperationalError
from psycopg.errors import RaiseException
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random

from ..storage import QUEUE_CONNECTIONS, Database, tables
from .local_queue import AGAIN_AFTER
from .turn_store import QueuedTurn
from .waiting import Typing, user_share

logger = logging.getLogger(__name__)

_QUEUE = "turns"

# Seconds between two looks for jobs whose lock has become free. Of new jobs PostgreSQL tells, of those it does not.
_POLL_EVERY = 0.2

# Parts of the time in which others take over: between two signs of life, or looks for processes that give none, and
# until such a silence counts as death. The rest is for taking over.
_SIGN_OF_LIFE = 1 / 6
_SILENCE = 3 / 6

# Seconds until a worker is forgotten that gives no sign of life. That is for tidiness: nothing is taken over by it, and
# one that has been forgotten while it lives has to be started anew.
_FORGOTTEN = 24 * 3600.0

# Seconds between the returns of two jobs that were put back, so that hundreds of them are not fetched at once.
_RETURN_EVERY = 0.1

# Seconds that jobs may take to be given back, when the process is about to end.
_LAST_WORD = 2.0

# Seconds without a failure, after which the next one is worth a line in the log.
_QUIET = 60.0

# Seconds until a worker that has failed is started anew.
_RESTART_AFTER = 1.0


class PostgresQueue:
    """The queue of several processes."""

    def __init__(
        self,
        database: Database,
        run: Callable[[int], Awaitable[bool]],
        *,
        max_concurrent: int,
        takeover: float,
        typing: Typing,
    ) -> None:
        """`run` takes the turn with an id; `max_concurrent` of them at once. `takeover` is the time in seconds in which
        others go on with the turns of a process that has died."""
        self._run = run
        self._user_share = user_share(max_concurrent)
        self._typing = typing
        self._showing: dict[int, asyncio.Task[None]] = {}
        self._sign_of_life = takeover * _SIGN_OF_LIFE
        self._silence = takeover * _SILENCE
        self._connector = _PatientConnector(database)
        self._app = App(connector=self._connector)
        self._storing = App(connector=SyncPsycopgConnector())  # without connections of its own
        self._task = self._app.task(name="turn", queue=_QUEUE, pass_context=True, retry=_Again())(self._take)
        self._worker = Worker(
            self._app,
            queues=[_QUEUE],
            concurrency=max_concurrent,
            fetch_job_polling_interval=_POLL_EVERY,
            delete_jobs="always",
            install_signal_handlers=False,
            stalled_worker_timeout=_FORGOTTEN,
        )
        self._taken: dict[int, asyncio.Task[Any]] = {}
        self._running: Counter[str] = Counter()
        self._last_return = -math.inf
        self._fetched_in_vain: set[int] = set()
        self._working: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self.is_stopping = False
        """Whether no more turns are begun."""

    async def start(self) -> None:
        """Take turns. Without it, they are only stored for other processes."""
        await self._app.open_async()
        self._working = asyncio.create_task(self._work())
        self._watching = asyncio.create_task(self._watch())

    def enqueue(self, transaction: Connection, place: QueuedTurn) -> None:
        """Store the turn's job with the turn.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it cannot be stored.
        """
        deferrer = self._storing.configure_task(
            self._task.name,
            queue=_QUEUE,
            lock=place.lane,
            priority=_priority(transaction, place),
            connection=transaction.connection.driver_connection,
            allow_unknown=True,
        )
        try:
            deferrer.defer(turn_id=place.turn_id, user=place.user)
        except ConnectorException as error:
            raise SQLAlchemyError(f"the turn's job cannot be stored: {error.__cause__}") from error

    def notice(self, place: QueuedTurn) -> None:
        """Show that the turn waits, if it does. PostgreSQL tells all workers of it."""
        showing = self._showing[place.turn_id] = asyncio.create_task(self._typing.show(place))
        showing.add_done_callback(lambda _: self._showing.pop(place.turn_id))

    async def stop(self, grace: float) -> None:
        """Begin no more turns, and end those that are being taken within `grace` seconds; what is unfinished then is
        cancelled and given back to the other processes."""
        self.is_stopping = True
        for showing in self._showing.values():
            showing.cancel()
        if not self._working or not self._watching:
            return
        self._worker.stop()
        # What waits for the database while no turn is being taken, waits to begin one.
        self._connector.is_patient = bool(self._taken)
        await asyncio.wait([self._working], timeout=grace)
        for task in self._taken.values():
            task.cancel()
        await asyncio.wait([self._working], timeout=_LAST_WORD)
        self._connector.is_patient = False
        self._watching.cancel()
        await asyncio.wait([self._working, self._watching], timeout=_LAST_WORD)
        await self._app.close_async()
        self._working = self._watching = None

    async def _work(self) -> None:
        while not self.is_stopping:
            try:
                await self._worker.run()
            except Exception:
                if self.is_stopping:
                    return
                logger.exception("The worker of the job queue has failed and is started anew")
            if not self.is_stopping:
                await asyncio.sleep(_RESTART_AFTER)

    async def _take(self, context: JobContext, turn_id: int, user: str = "") -> None:
        """Take a turn; the user is not known of jobs that an earlier version stored."""
        job_id, task = context.job.id, asyncio.current_task()
        assert job_id and task
        if user and self._running[user] >= self._user_share:
            raise _NotNowError(self._next_return())
        self._taken[job_id] = task
        self._running[user] += 1
        try:
            if showing := self._showing.get(turn_id):
                showing.cancel()
            if self.is_stopping or not await self._run(turn_id):
                raise _NotNowError(self._next_return())
        finally:
            self._running -= Counter([user])
            del self._taken[job_id]

    def _next_return(self) -> float:
        """Seconds until a job that is put back now may be fetched again: the more jobs wait, the longer."""
        now = asyncio.get_running_loop().time()
        self._last_return = max(now + AGAIN_AFTER, self._last_return + _RETURN_EVERY)
        return self._last_return - now

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._sign_of_life)
            try:
                if self._worker.worker_id is not None:
                    # The worker's own signs of life end when it begins to stop, while its turns go on.
                    await self._app.job_manager.update_heartbeat(self._worker.worker_id)
                    await self._compare(self._worker.worker_id)
                # When the database was away, the others could not give signs of life either.
                if asyncio.get_running_loop().time() - self._connector.failed_at > self._silence:
                    await self._take_over()
            except Exception:
                logger.exception("Other processes' turns could not be looked after, later again")

    async def _compare(self, worker_id: int) -> None:
        """Compare the turns that are being taken here with what the database says."""
        taken = dict(self._taken)
        jobs = await self._app.job_manager.list_jobs_async(queue=_QUEUE, status="doing", worker_id=worker_id)
        mine = {job.id: job for job in jobs if job.id}
        for id in (taken.keys() & self._taken.keys()) - mine.keys():
            taken[id].cancel()  # this process was thought dead
        # The database may have gone away before it could say which job it had assigned, or could hear of its end. Or
        # the job has been fetched just now.
        in_vain = mine.keys() - self._taken.keys()
        for id in in_vain & self._fetched_in_vain:
            await self._put_back(mine[id])
        self._fetched_in_vain = in_vain

    async def _take_over(self) -> None:
        jobs = await self._app.job_manager.get_stalled_jobs(queue=_QUEUE, seconds_since_heartbeat=self._silence)
        orphans = [job for job in jobs if job.id not in self._taken]
        if orphans:
            logger.warning("Turns of a process that has died are taken over: %d", len(orphans))
        for job in orphans:
            await self._put_back(job)

    async def _put_back(self, job: Job) -> None:
        """Let the turn be taken again, before those that wait for it. That is a new job: whoever has the old one may
        not be dead, and would end the new attempt by reporting the end of its own."""
        again = self._task.configure(lock=job.lock, queueing_lock=f"job {job.id}", priority=1)
        with suppress(AlreadyEnqueued):
            await again.defer_async(**job.task_kwargs)
        await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


# Jobs that wait for the same lock; one with a higher priority would pass those before it.
_LOWEST_OF_LANE = text("SELECT min(priority) FROM procrastinate_jobs WHERE lock = :lane AND status = 'todo'")


def _priority(transaction: Connection, place: QueuedTurn) -> int:
    """The lower, the more turns of the same user wait, so that nobody's hundreds of turns keep others waiting; and no
    higher than those before it in the lane."""
    of_user = tables.Turn.user_id == place.user
    earlier = (
        select(func.count())
        .select_from(tables.Turn)
        .where(tables.Turn.finished_at.is_(None), tables.Turn.id != place.turn_id, of_user)
    )
    lowest = transaction.scalar(_LOWEST_OF_LANE, {"lane": place.lane})
    return min(-(transaction.scalar(earlier) or 0), lowest or 0)


class _NotNowError(Exception):
    """The turn has to let another one pass, or to be taken by another process."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Again(BaseRetryStrategy):
    """A job stays until its turn is through."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        pause = timedelta(seconds=exception.seconds if isinstance(exception, _NotNowError) else 0)
        return RetryDecision(retry_at=datetime.now(UTC) + pause)


class _PatientConnector(PsycopgConnector):
    """Waits for a database that is away. procrastinate's worker would stop, and wait until all of its turns have ended
    before it could be started anew."""

    def __init__(self, database: Database) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]  # it is typed in part
            kwargs=database.engine.dialect.create_connect_args(database.engine.url)[1],
            configure=_configure,
            min_size=0,
            max_size=QUEUE_CONNECTIONS - 1,  # the one that listens stands beside the pool
            timeout=2,
            # Else the pool waits twice as long after each time, and tells so, where this class does.
            reconnect_timeout=1,
        )
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        self.is_patient = True
        """Whether it is worth waiting."""
        self.failed_at = -math.inf
        """When the database was away, by the event loop's clock."""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        try:
            await self._repeat(partial(super().execute_query_async, query, **arguments))
        except ConnectorException as error:
            # The end of a job is reported that is no longer there: another process has taken it over.
            if not isinstance(error.__cause__, RaiseException):
                raise

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:
        return await self._repeat(partial(super().execute_query_one_async, query, **arguments))

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:
        return await self._repeat(partial(super().execute_query_all_async, query, **arguments))

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        await self._repeat(partial(super().listen_notify, on_notification, channels))

    async def _repeat[T](self, attempt: Callable[[], Awaitable[T]]) -> T:
        return await AsyncRetrying(
            retry=retry_if_exception(lambda error: self.is_patient and _is_passing(error)),
            wait=wait_random(0.2, 1),
            before_sleep=self._note,
        )(attempt)

    def _note(self, state: RetryCallState) -> None:
        assert state.outcome
        error, now = state.outcome.exception(), asyncio.get_running_loop().time()
        assert error
        if now - self.failed_at > _QUIET:
            logger.warning("The job queue waits for the database: %s", error.__cause__ or error)
        self.failed_at = now


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, UniqueViolation):
        # Two messages of a conversation were stored at once and fetched at once; one has to wait.
        return error.constraint_name == "procrastinate_jobs_lock_idx_v1"
    return isinstance(error, ConnectorException) and isinstance(error.__cause__, OperationalError)


async def _configure(connection: PsycopgConnection) -> None:
    await connection.set_autocommit(True)  # each statement is a transaction of its own, without two more round trips
