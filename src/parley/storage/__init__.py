"""The database underneath: how it is opened, what it holds, how its schema moves on."""

from .deletion import forget
from .engine import QUEUE_CONNECTIONS, Database, check_database, open_database, upgrade
from .inspection import Condition, inspect_database, reading
from .lock import exclusive_lock
from .retention import delete_expired_periodically
from .retrying import retry_until_available
from .schema import UnusableDatabaseError

__all__ = [
    "QUEUE_CONNECTIONS",
    "Condition",
    "Database",
    "UnusableDatabaseError",
    "check_database",
    "delete_expired_periodically",
    "exclusive_lock",
    "forget",
    "inspect_database",
    "open_database",
    "reading",
    "retry_until_available",
    "upgrade",
]
