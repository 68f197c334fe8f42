"""The bot without Teams: a conversation in the terminal, and a look at all that the bot stands on."""

from .chat import converse
from .doctor import examine

__all__ = ["converse", "examine"]
