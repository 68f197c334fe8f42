"""The bot's own lines, in the user's language."""

from .localizer import LineId, Localizer, localizer_for

__all__ = ["LineId", "Localizer", "localizer_for"]
