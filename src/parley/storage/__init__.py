"""The database underneath: how it is opened, what it holds, how its schema moves on."""

from .engine import UnusableDatabaseError, open_database

__all__ = ["UnusableDatabaseError", "open_database"]
