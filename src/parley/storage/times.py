"""Times that were read from the database."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """The time with its zone, which SQLite loses: it is given times in UTC alone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
