"""What people think of the answers: kept, and handed to whoever wants to learn from it."""

from .command import add_command

__all__ = ["add_command"]
