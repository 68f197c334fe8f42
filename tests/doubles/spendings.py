"""What people have spent, looked at, and moved into the past: a test does not wait for a day to pass."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import create_engine, select, update

from parley.storage import in_utc
from parley.storage.tables import UsageRecord


class Spent(NamedTuple):
    """What a question has cost."""

    person_id: str
    at: datetime
    tokens: int


def spent(url: str) -> list[Spent]:
    """All that is counted, the oldest first."""
    engine = create_engine(url)
    rows = select(UsageRecord.person_id, UsageRecord.at, UsageRecord.tokens).order_by(UsageRecord.at)
    with engine.begin() as connection:
        found = [Spent(person_id, in_utc(at), tokens) for person_id, at, tokens in connection.execute(rows)]
    engine.dispose()
    return found


def let_pass(url: str, time: timedelta) -> None:
    """Let that time pass for all that is counted."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for id, at in connection.execute(select(UsageRecord.id, UsageRecord.at)).all():
            connection.execute(update(UsageRecord).where(UsageRecord.id == id).values(at=in_utc(at) - time))
    engine.dispose()


def now() -> datetime:
    return datetime.now(UTC)
