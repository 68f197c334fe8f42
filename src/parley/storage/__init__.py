"""The database underneath: how it is opened, what it holds, how its schema moves on."""

from .engine import UnusableDatabaseError, is_reachable, open_database

__all__ = ["UnusableDatabaseError", "is_reachable", "open_database"]
