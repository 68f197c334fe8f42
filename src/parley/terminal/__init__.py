"""The commands for the terminal: `parley chat` and `parley doctor`."""

from .doctor import diagnose
from .session import chat

__all__ = ["chat", "diagnose"]
