"""What people think of the answers: kept, and handed to whoever wants to learn from it."""

from .command import OutputError, add_command
from .opinions import Opinion, Opinions

__all__ = ["Opinion", "Opinions", "OutputError", "add_command"]
