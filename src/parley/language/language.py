"""The language in which the bot speaks to somebody."""

from dataclasses import dataclass
from datetime import datetime

from .catalogue import catalogue_tags, open_catalogue

type LineId = str
"""Which of the bot's own lines, as the catalogues name it."""

_ENGLISH = "en"

# Characters; RFC 5646, section 4.4.1, finds no use for a longer tag.
_LONGEST_TAG = 35

# Characters; Fluent makes no line with a value of more than 2,500.
_LONGEST_VALUE = 2000


@dataclass(frozen=True)
class Localizer:
    """Says the bot's own lines: `say = language_of("de-AT")`, then `say("using-tool", tool="web search")`."""

    tag: str
    """The language's BCP 47 tag, which is also the name of its catalogue."""

    def __call__(self, id: LineId, /, **values: str | int | datetime) -> str:
        """The line with these values in it: a text as it stands, a number or a time as the language writes it. In
        English, if the language's catalogue lacks the line.

        Raises:
            KeyError: there is no such line, or it asks for another value.
        """
        fitting = {name: _shorten(value) if isinstance(value, str) else value for name, value in values.items()}
        for tag in (self.tag, _ENGLISH):
            line = open_catalogue(tag).find(id, fitting)
            if line is not None:
                return line
        raise KeyError(id, *values)


def localizer_for(locale: str | None) -> Localizer:
    """The language for a locale, a BCP 47 tag such as `de-AT`: the nearest one that has a catalogue, else English.

    A region without a catalogue gets that of its language, `pt-PT` that of Brazil. So does a script: who reads
    traditional Chinese makes more of simplified Chinese than of English.
    """
    wanted = (locale or "")[:_LONGEST_TAG].replace("_", "-").lower()
    while wanted:
        for tag in catalogue_tags():
            if f"{tag}-".lower().startswith(f"{wanted}-"):
                return Localizer(tag)
        wanted, _, _ = wanted.rpartition("-")
    return Localizer(_ENGLISH)


def _shorten(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
