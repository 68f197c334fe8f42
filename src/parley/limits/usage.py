"""How much a person may ask, across all processes that share the database."""

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ..storage import Database
from ..storage.tables import UsageRecord

logger = logging.getLogger(__name__)

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

# Any number, as long as nothing else in the same database takes two-part advisory locks that begin with it.
_LOCK = 727_539


class UsageLimits:
    """So many questions a minute and so many tokens a day for each person. Minute and day are the last sixty seconds
    and the last 24 hours, so that nobody waits for midnight."""

    def __init__(
        self, database: Database, *, turns_per_minute: int | None = None, tokens_per_day: int | None = None
    ) -> None:
        """None stands for any number. Of a day's tokens the last question may take more than are left, since nobody
        knows before what it will cost."""
        self._database = database
        self._turns_per_minute = turns_per_minute
        self._tokens_per_day = tokens_per_day

    async def spend(self, user_id: str, question_id: str) -> datetime | None:
        """Count a question, if the person may ask one now; once, however often it is begun to be answered.

        Returns:
            None if the question may be asked, else when one may be asked again.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it cannot be counted.
        """
        if self._turns_per_minute is None and self._tokens_per_day is None:
            return None
        return await self._database.run(lambda connection: self._spend(connection, user_id, question_id))

    async def charge(self, user_id: str, question_id: str, tokens: int) -> None:
        """Add to what a question has cost, since each of its attempts does. That it cannot be noted is no reason to
        bother anybody."""
        if self._tokens_per_day is None:
            return
        mine = update(UsageRecord).where(UsageRecord.user_id == user_id, UsageRecord.question_id == question_id)
        try:
            await self._database.run(
                lambda connection: connection.execute(mine.values(tokens=UsageRecord.tokens + tokens))
            )
        except SQLAlchemyError as error:
            logger.warning("What a question has cost could not be noted: %s", error)

    async def delete_old(self) -> None:
        """Delete what was spent longer ago than a day.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it could not be deleted.
        """
        old = delete(UsageRecord).where(UsageRecord.at <= datetime.now(UTC) - _DAY)
        await self._database.run(lambda connection: connection.execute(old))

    def _spend(self, connection: Connection, user_id: str, question_id: str) -> datetime | None:
        if connection.dialect.name == "postgresql":
            # What another process counts at the same moment is waited for. SQLite lets one write at a time anyway.
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(user_id))))
        is_counted = exists().where(UsageRecord.user_id == user_id, UsageRecord.question_id == question_id)
        if connection.scalar(select(is_counted)):
            return None
        now = datetime.now(UTC)
        pauses = [self._minute_frees(connection, user_id, now), self._day_frees(connection, user_id, now)]
        if resumes_at := max((pause for pause in pauses if pause), default=None):
            return resumes_at
        spending = {"user_id": user_id, "question_id": question_id, "at": now, "tokens": 0}
        connection.execute(insert(UsageRecord), spending)
        return None

    def _minute_frees(self, connection: Connection, user_id: str, now: datetime) -> datetime | None:
        """When fewer questions than may be asked will be in the last minute; None if it is so now."""
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

    def _day_frees(self, connection: Connection, user_id: str, now: datetime) -> datetime | None:
        """When fewer tokens than may be spent will be in the last day; None if it is so now."""
        if self._tokens_per_day is None:
            return None
        oldest_first = (
            select(UsageRecord.at, UsageRecord.tokens)
            .where(UsageRecord.user_id == user_id, UsageRecord.at > now - _DAY)
            .order_by(UsageRecord.at)
        )
        counted = connection.execute(oldest_first).all()
        left, frees_at = self._tokens_per_day - sum(tokens for _, tokens in counted), None
        for at, tokens in counted:
            if left > 0:
                break
            left, frees_at = left + tokens, at + _DAY
        return frees_at
