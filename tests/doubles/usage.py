"""The usage records of the bot. Tests move them into the past instead of waiting for a day."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import create_engine, select, update

from parley.storage.tables import UsageRecord


class Usage(NamedTuple):
    """The usage of one question."""

    user_id: str
    at: datetime
    tokens: int


def usage_records(url: str) -> list[Usage]:
    """All usage records, oldest first."""
    engine = create_engine(url)
    rows = select(UsageRecord.user_id, UsageRecord.at, UsageRecord.tokens).order_by(UsageRecord.at)
    with engine.begin() as connection:
        found = [Usage(*row) for row in connection.execute(rows)]
    engine.dispose()
    return found


def move_into_past(url: str, time: timedelta) -> None:
    """Make all usage records older by `time`."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for id, at in connection.execute(select(UsageRecord.id, UsageRecord.at)).all():
            connection.execute(update(UsageRecord).where(UsageRecord.id == id).values(at=at - time))
    engine.dispose()


def now() -> datetime:
    return datetime.now(UTC)
