"""The usage records of the bot: read, and moved into the past, so that a test does not wait for a day to pass."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import create_engine, select, update

from parley.storage.tables import UsageRecord


class Used(NamedTuple):
    """The usage of one question."""

    user_id: str
    at: datetime
    tokens: int


def used(url: str) -> list[Used]:
    """All usage records, oldest first."""
    engine = create_engine(url)
    rows = select(UsageRecord.user_id, UsageRecord.at, UsageRecord.tokens).order_by(UsageRecord.at)
    with engine.begin() as connection:
        found = [Used(*row) for row in connection.execute(rows)]
    engine.dispose()
    return found


def let_pass(url: str, time: timedelta) -> None:
    """Move all usage records into the past."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for id, at in connection.execute(select(UsageRecord.id, UsageRecord.at)).all():
            connection.execute(update(UsageRecord).where(UsageRecord.id == id).values(at=at - time))
    engine.dispose()


def now() -> datetime:
    return datetime.now(UTC)
