"""The queue of processes that share a PostgreSQL database: each turn is a job of procrastinate.

1. A turn and its job are stored in one transaction. The job's lock is the turn's ordering key.
2. Each process fetches the first job whose lock is free, runs the turn and deletes the job. Jobs of users with the
   fewest earlier turns come first, then the oldest.
3. Each process sends heartbeats. The others put back the jobs of a process that sends none.

A turn may begin again while a process that was thought dead still runs it. `TurnStore` lets only the latest attempt
write.
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
from .queue import RETRY_AFTER, QueuedTurn, user_share
from .queue_typing import TypingIndicator

logger = logging.getLogger(__name__)

_QUEUE = "turns"

# Seconds between two polls for jobs whose lock has become free. PostgreSQL notifies of new jobs, but not of those.
_POLL_EVERY = 0.2

# Seconds between the returns of two jobs that cannot run yet, so that hundreds of them are not fetched at once.
_RETURN_EVERY = 0.1

# Parts of the takeover time: between two heartbeats, and without one until a process counts as dead. The rest is for
# taking over.
_HEARTBEAT = 1 / 6
_SILENCE = 3 / 6

# Seconds until procrastinate deletes the row of a worker without heartbeats, only to tidy up. A worker that is deleted
# while it lives has to be restarted.
_WORKER_EXPIRES = 24 * 3600.0

# Seconds that jobs get to be given back when the process shuts down.
_GIVE_BACK = 2.0

# Seconds without a failure after which the next one is logged.
_QUIET = 60.0

# Seconds until a failed worker is restarted.
_RESTART_AFTER = 1.0


class PostgresQueue:
    """Runs the turns of all processes, those of a user in at most `user_share` of the slots of each process."""

    def __init__(
        self,
        database: Database,
        run: Callable[[int], Awaitable[bool]],
        *,
        max_concurrent: int,
        takeover: float,
        typing: TypingIndicator,
    ) -> None:
        """`run` is `Runner.run`; at most `max_concurrent` calls of it run at once. Within `takeover` seconds, other
        processes take over the turns of a dead one."""
        self._run = run
        self._user_share = user_share(max_concurrent)
        self._typing = typing
        self._heartbeat = takeover * _HEARTBEAT
        self._silence = takeover * _SILENCE
        self._connector = _RetryingConnector(database)
        self._app = App(connector=self._connector)
        self._storing_app = App(connector=SyncPsycopgConnector())  # uses the connection of each transaction
        self._task = self._app.task(name="turn", queue=_QUEUE, pass_context=True, retry=_UntilEnded())(self._run_job)
        self._worker = Worker(
            self._app,
            queues=[_QUEUE],
            concurrency=max_concurrent,
            fetch_job_polling_interval=_POLL_EVERY,
            delete_jobs="always",
            install_signal_handlers=False,
            stalled_worker_timeout=_WORKER_EXPIRES,
        )
        self._jobs: dict[int, asyncio.Task[Any]] = {}
        self._running: Counter[str] = Counter()
        self._last_return = -math.inf
        self._unclaimed: set[int] = set()
        self._working: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self.is_stopping = False
        """True if no more turns begin."""

    async def start(self) -> None:
        """Run turns. A process that does not call this only stores turns for the others."""
        await self._app.open_async()
        self._working = asyncio.create_task(self._work())
        self._watching = asyncio.create_task(self._watch())

    def enqueue(self, transaction: Connection, turn: QueuedTurn) -> None:
        """Store the job in the transaction that stores the turn.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it cannot be stored.
        """
        deferrer = self._storing_app.configure_task(
            self._task.name,
            queue=_QUEUE,
            lock=turn.ordering_key,
            priority=_priority(transaction, turn),
            connection=transaction.connection.driver_connection,
            allow_unknown=True,
        )
        try:
            deferrer.defer(turn_id=turn.turn_id, user=turn.user_id)
        except ConnectorException as error:
            raise SQLAlchemyError(f"the turn's job cannot be stored: {error.__cause__}") from error

    def committed(self, turn: QueuedTurn) -> None:
        """Show a typing indicator while the turn waits. PostgreSQL notifies the workers of the job."""
        self._typing.add(turn)

    async def stop(self, grace: float) -> None:
        """Begin no more turns, and cancel those that still run after `grace` seconds. Other processes run the rest."""
        self.is_stopping = True
        self._typing.stop()
        if not self._working or not self._watching:
            return
        self._worker.stop()
        # Without running turns, only the start of one can wait for the database.
        self._connector.is_retrying = bool(self._jobs)
        await asyncio.wait([self._working], timeout=grace)
        for task in self._jobs.values():
            task.cancel()
        await asyncio.wait([self._working], timeout=_GIVE_BACK)
        self._connector.is_retrying = False
        self._watching.cancel()
        await asyncio.wait([self._working, self._watching], timeout=_GIVE_BACK)
        await self._app.close_async()
        self._working = self._watching = None

    async def _work(self) -> None:
        """Run the worker, and restart it when it fails: procrastinate lets it end with its first error."""
        while not self.is_stopping:
            try:
                await self._worker.run()
            except Exception:
                if self.is_stopping:
                    return
                logger.exception("Job queue worker failed, restarting")
            if not self.is_stopping:
                await asyncio.sleep(_RESTART_AFTER)

    async def _run_job(self, context: JobContext, turn_id: int, user: str = "") -> None:
        """Run the turn of a job. Jobs that older versions stored have no user."""
        job_id, task = context.job.id, asyncio.current_task()
        assert job_id and task
        if user and self._running[user] >= self._user_share:
            raise _NotNowError(self._next_return())
        self._jobs[job_id] = task
        self._running[user] += 1
        try:
            self._typing.remove(turn_id)
            if self.is_stopping or not await self._run(turn_id):
                raise _NotNowError(self._next_return())
        finally:
            self._running -= Counter([user])
            del self._jobs[job_id]

    def _next_return(self) -> float:
        """Return the seconds until a job that is put back now may be fetched again: the more jobs wait, the longer."""
        now = asyncio.get_running_loop().time()
        self._last_return = max(now + RETRY_AFTER, self._last_return + _RETURN_EVERY)
        return self._last_return - now

    async def _watch(self) -> None:
        """Send heartbeats, and take over the turns of dead processes.

        procrastinate finds stalled jobs, but leaves it to the application to put them back. Its own heartbeats end when
        the worker begins to stop, while turns still run.
        """
        while True:
            await asyncio.sleep(self._heartbeat)
            try:
                if self._worker.worker_id is not None:
                    await self._app.job_manager.update_heartbeat(self._worker.worker_id)
                    await self._reconcile(self._worker.worker_id)
                # While the database was unavailable, the other processes could not send heartbeats either.
                if asyncio.get_running_loop().time() - self._connector.failed_at > self._silence:
                    await self._take_over()
            except Exception:
                logger.exception("Check for turns of dead processes failed, retrying")

    async def _reconcile(self, worker_id: int) -> None:
        """Compare the running jobs with those that the database has assigned to this process."""
        running = dict(self._jobs)
        jobs = await self._app.job_manager.list_jobs_async(queue=_QUEUE, status="doing", worker_id=worker_id)
        assigned = {job.id: job for job in jobs if job.id}
        for id in (running.keys() & self._jobs.keys()) - assigned.keys():
            running[id].cancel()  # this process was thought dead, and another one has taken the turn over
        # A job that does not run was fetched just now, or the connection broke before the process learned of it. It is
        # put back if it does not run at the next check either.
        unclaimed = assigned.keys() - self._jobs.keys()
        for id in unclaimed & self._unclaimed:
            await self._put_back(assigned[id])
        self._unclaimed = unclaimed

    async def _take_over(self) -> None:
        jobs = await self._app.job_manager.get_stalled_jobs(queue=_QUEUE, seconds_since_heartbeat=self._silence)
        stalled = [job for job in jobs if job.id not in self._jobs]
        if stalled:
            logger.warning("Taking over turns of a dead process: %d", len(stalled))
        for job in stalled:
            await self._put_back(job)

    async def _put_back(self, job: Job) -> None:
        """Let a turn begin again before those that wait for it.

        This is a new job, not procrastinate's retry of the old one: a process that was thought dead would end the new
        attempt when it reports the end of its own.
        """
        again = self._task.configure(lock=job.lock, queueing_lock=f"job {job.id}", priority=1)
        with suppress(AlreadyEnqueued):
            await again.defer_async(**job.task_kwargs)
        await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


# The lowest priority of the waiting jobs with a lock. A job with a higher one would overtake them.
_LOWEST_PRIORITY = text("SELECT min(priority) FROM procrastinate_jobs WHERE lock = :lock AND status = 'todo'")


def _priority(transaction: Connection, turn: QueuedTurn) -> int:
    """Return a priority that is lower, the more turns of the user wait, and not higher than that of earlier turns with
    the same ordering key."""
    count = select(func.count()).where(
        tables.Turn.user_id == turn.user_id, tables.Turn.finished_at.is_(None), tables.Turn.id != turn.turn_id
    )
    earlier = transaction.scalar(count) or 0
    lowest = transaction.scalar(_LOWEST_PRIORITY, {"lock": turn.ordering_key}) or 0
    return min(-earlier, lowest)


class _NotNowError(Exception):
    """The turn has to run later, perhaps in another process."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _UntilEnded(BaseRetryStrategy):
    """Keeps each job until its turn has ended."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        seconds = exception.seconds if isinstance(exception, _NotNowError) else 0
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=seconds))


class _RetryingConnector(PsycopgConnector):
    """Repeats each query while the database is unavailable.

    Without this, procrastinate's worker would stop at the first failure, and could be restarted only after all of its
    turns have ended.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]  # procrastinate is typed in part
            kwargs=database.engine.dialect.create_connect_args(database.engine.url)[1],
            configure=_configure,
            min_size=0,
            max_size=QUEUE_CONNECTIONS - 1,  # the connection that listens is outside of the pool
            timeout=2,
            # The pool's own reconnection waits twice as long after each failure, and logs each.
            reconnect_timeout=1,
        )
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        self.is_retrying = True
        """False to let queries fail."""
        self.failed_at = -math.inf
        """The last time the database was unavailable, in the event loop's time."""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        try:
            await self._retry(partial(super().execute_query_async, query, **arguments))
        except ConnectorException as error:
            # Raised at the end of a job that another process has taken over.
            if not isinstance(error.__cause__, RaiseException):
                raise

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:
        return await self._retry(partial(super().execute_query_one_async, query, **arguments))

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:
        return await self._retry(partial(super().execute_query_all_async, query, **arguments))

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        # procrastinate reconnects once, and fails if the server is still unavailable.
        await self._retry(partial(super().listen_notify, on_notification, channels))

    async def _retry[T](self, attempt: Callable[[], Awaitable[T]]) -> T:
        return await AsyncRetrying(
            retry=retry_if_exception(lambda error: self.is_retrying and _is_transient(error)),
            wait=wait_random(0.2, 1),
            before_sleep=self._note_failure,
        )(attempt)

    def _note_failure(self, state: RetryCallState) -> None:
        assert state.outcome
        error, now = state.outcome.exception(), asyncio.get_running_loop().time()
        assert error
        if now - self.failed_at > _QUIET:
            logger.warning("Database unavailable, the job queue is retrying: %s", error.__cause__ or error)
        self.failed_at = now


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, UniqueViolation):
        # Two jobs with the same lock were fetched at the same time; one of them has to wait.
        return error.constraint_name == "procrastinate_jobs_lock_idx_v1"
    return isinstance(error, ConnectorException) and isinstance(error.__cause__, OperationalError)


async def _configure(connection: PsycopgConnection) -> None:
    await connection.set_autocommit(True)  # saves two round trips for each query
