"""The user's language, and the bot's own lines in it."""

from dataclasses import dataclass
from datetime import datetime

from .catalogue import catalogue_tags, open_catalogue

type LineId = str
"""The id of one of the bot's own lines, the same in every catalogue."""

_ENGLISH = "en"

# A screen reader says "warning".
_FAILURE_MARK = "⚠️"

# Characters; longer tags have no use (RFC 5646, section 4.4.1).
_LONGEST_TAG = 35

# Characters; Fluent refuses values of more than 2,500.
_LONGEST_VALUE = 2000


@dataclass(frozen=True)
class Localizer:
    """Returns the bot's own lines in one language: `localizer_for("de-AT")("using-tool", tool="web search")`."""

    tag: str
    """The language's BCP 47 tag, which is also the name of its catalogue."""

    def __call__(self, id: LineId, /, **values: str | int | datetime) -> str:
        """Return the line with its values filled in; in English if the language's catalogue lacks the line.

        Texts are inserted unchanged, numbers and times in the form of the language.

        Raises:
            KeyError: No such line, or a value is missing.
        """
        fitting = {name: _shorten(value) if isinstance(value, str) else value for name, value in values.items()}
        for tag in (self.tag, _ENGLISH):
            line = open_catalogue(tag).find(id, fitting)
            if line is not None:
                return line
        raise KeyError(id, *values)


def localizer_for(locale: str | None) -> Localizer:
    """Return the localizer of the nearest language that has a catalogue, else English.

    `locale` is a BCP 47 tag such as `de-AT`. A region or a script without its own catalogue gets the one of its
    language: Portugal that of Brazil, and traditional Chinese the simplified one, which its readers prefer to English.
    """
    wanted = (locale or "")[:_LONGEST_TAG].replace("_", "-").lower()
    while wanted:
        for tag in catalogue_tags():
            if f"{tag}-".lower().startswith(f"{wanted}-"):
                return Localizer(tag)
        wanted, _, _ = wanted.rpartition("-")
    return Localizer(_ENGLISH)


def as_failure(line: str) -> str:
    """Return a line with the mark that sets failures apart from answers."""
    return f"{_FAILURE_MARK} {line}"


def _shorten(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
