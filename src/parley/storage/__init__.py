"""The database: its connection, its tables, its migrations."""

from .database import QUEUE_CONNECTIONS, Database, check_database, open_database, retry_until_available, upgrade
from .forget import forget
from .inspection import Condition, inspect_database, reading
from .schema import UnusableDatabaseError
from .sqlite import exclusive_lock

__all__ = [
    "QUEUE_CONNECTIONS",
    "Condition",
    "Database",
    "UnusableDatabaseError",
    "check_database",
    "exclusive_lock",
    "forget",
    "inspect_database",
    "open_database",
    "reading",
    "retry_until_available",
    "upgrade",
]
