"""The bot's own lines, in the language of the person who reads them."""

from .language import LineId, Localizer, localizer_for

__all__ = ["LineId", "Localizer", "localizer_for"]
