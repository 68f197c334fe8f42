"""The bot's own lines, in the user's language."""

from .localizer import LineId, Localizer, as_failure, localizer_for

__all__ = ["LineId", "Localizer", "as_failure", "localizer_for"]
