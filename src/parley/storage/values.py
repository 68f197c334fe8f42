"""In which values the databases differ from Python, and from each other."""

import re
from datetime import UTC, datetime

# What neither UTF-8 nor PostgreSQL takes: halves of surrogate pairs, which clients leave when they cut an emoji in two,
# and NUL.
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


def storable(text: str) -> str:
    """The text as it is, but for what cannot be stored, which becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def in_utc(moment: datetime) -> datetime:
    """A time that was read from the database. SQLite, which is given times in UTC alone, loses their zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
