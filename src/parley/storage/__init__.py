"""The database underneath: how it is opened, what it holds, how its schema moves on."""

from .engine import open_database

__all__ = ["open_database"]
