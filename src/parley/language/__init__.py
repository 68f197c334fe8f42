"""The bot's own lines, in the language of the person who reads them."""

from .language import Language, LineId, language_of

__all__ = ["Language", "LineId", "language_of"]
