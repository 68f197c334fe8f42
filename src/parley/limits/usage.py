"""Usage limits per user, shared by all processes on one database."""

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ..storage import Database
from ..storage.tables import UsageRecord

logger = logging.getLogger(__name__)

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

# The first part of the advisory locks. Any number that nothing else in the database uses.
_LOCK = 727_539


class UsageLimits:
    """Limits each user's questions per minute and tokens per day, over the last 60 seconds and the last 24 hours."""

    def __init__(
        self, database: Database, *, turns_per_minute: int | None = None, tokens_per_day: int | None = None
    ) -> None:
        """None means unlimited. The last question of a day may exceed the tokens: its usage is known afterwards."""
        self._database = database
        self._turns_per_minute = turns_per_minute
        self._tokens_per_day = tokens_per_day

    async def acquire(self, user_id: str, question_id: str) -> datetime | None:
        """Count the question if the user is within the limits. Further attempts at the same question are not counted.

        Returns:
            None if the question may be asked, else the time at which the user may ask again.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database failed.
        """
        if self._turns_per_minute is None and self._tokens_per_day is None:
            return None
        return await self._database.run(lambda connection: self._acquire(connection, user_id, question_id))

    async def record(self, user_id: str, question_id: str, tokens: int) -> None:
        """Add tokens to the question's usage. A failure is logged only, since the user already has the answer."""
        if self._tokens_per_day is None:
            return
        mine = update(UsageRecord).where(UsageRecord.user_id == user_id, UsageRecord.question_id == question_id)
        try:
            await self._database.run(
                lambda connection: connection.execute(mine.values(tokens=UsageRecord.tokens + tokens))
            )
        except SQLAlchemyError as error:
            logger.warning("Usage not recorded: %s", error)

    async def delete_old(self) -> None:
        """Delete usage that is older than a day.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database failed.
        """
        old = delete(UsageRecord).where(UsageRecord.at <= datetime.now(UTC) - _DAY)
        await self._database.run(lambda connection: connection.execute(old))

    def _acquire(self, connection: Connection, user_id: str, question_id: str) -> datetime | None:
        if connection.dialect.name == "postgresql":
            # Wait for other processes that count for this user. SQLite has one writer anyway.
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(user_id))))
        is_counted = exists().where(UsageRecord.user_id == user_id, UsageRecord.question_id == question_id)
        if connection.scalar(select(is_counted)):
            return None
        now = datetime.now(UTC)
        times = [self._minute_resets_at(connection, user_id, now), self._day_resets_at(connection, user_id, now)]
        if resets_at := max(filter(None, times), default=None):
            return resets_at
        record = {"user_id": user_id, "question_id": question_id, "at": now, "tokens": 0}
        connection.execute(insert(UsageRecord), record)
        return None

    def _minute_resets_at(self, connection: Connection, user_id: str, now: datetime) -> datetime | None:
        """Return the time at which the last minute has room for a question; None if it has now."""
        if self._turns_per_minute is None:
            return None
        newest_first = (
            select(UsageRecord.at)
            .where(UsageRecord.user_id == user_id, UsageRecord.at > now - _MINUTE)
            .order_by(UsageRecord.at.desc())
            .limit(self._turns_per_minute)
        )
        counted = connection.scalars(newest_first).all()
        return counted[-1] + _MINUTE if len(counted) == self._turns_per_minute else None

    def _day_resets_at(self, connection: Connection, user_id: str, now: datetime) -> datetime | None:
        """Return the time at which the last day has tokens left; None if it has now."""
        if self._tokens_per_day is None:
            return None
        oldest_first = (
            select(UsageRecord.at, UsageRecord.tokens)
            .where(UsageRecord.user_id == user_id, UsageRecord.at > now - _DAY)
            .order_by(UsageRecord.at)
        )
        counted = connection.execute(oldest_first).all()
        left, resets_at = self._tokens_per_day - sum(tokens for _, tokens in counted), None
        for at, tokens in counted:
            if left > 0:
                break
            left, resets_at = left + tokens, at + _DAY
        return resets_at
