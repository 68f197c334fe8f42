"""The database underneath: how it is opened, what it holds, how its schema moves on."""

from .deletion import forget
from .engine import QUEUE_CONNECTIONS, Database, check_database, open_database, upgrade
from .inspection import Condition, look_at_database, reading
from .lock import held
from .retention import keep_tidy
from .retrying import until_available
from .schema import UnusableDatabaseError
from .times import in_utc

__all__ = [
    "QUEUE_CONNECTIONS",
    "Condition",
    "Database",
    "UnusableDatabaseError",
    "check_database",
    "forget",
    "held",
    "in_utc",
    "keep_tidy",
    "look_at_database",
    "open_database",
    "reading",
    "until_available",
    "upgrade",
]
