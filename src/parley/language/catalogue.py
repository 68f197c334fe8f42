"""A catalogue: all lines of the bot's own in one language.

It is a file of Project Fluent (https://projectfluent.org), `catalogues/TAG.ftl`, TAG being the language's BCP 47 tag.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource

_FILES = files(__package__) / "catalogues"


@cache
def catalogue_tags() -> list[str]:
    """The tags of the languages that have a catalogue."""
    return sorted(file.name.removesuffix(".ftl") for file in _FILES.iterdir() if file.name.endswith(".ftl"))


@cache
def open_catalogue(tag: str) -> "Catalogue":
    """The catalogue of a language; read at the first call, in some hundredths of a second."""
    return Catalogue(tag, (_FILES / f"{tag}.ftl").read_text(encoding="utf-8"))


class Catalogue:
    """The lines of one language."""

    def __init__(self, tag: str, source: str) -> None:
        # Without the marks around each value that lines of two writing directions need: they are copied with the text.
        self._bundle = FluentBundle([tag], use_isolating=False)
        self._bundle.add_resource(FluentResource(source))

    def find(self, id: str, values: Mapping[str, object]) -> str | None:
        """The line with these values in it; `None` if there is none, or it asks for another value."""
        if not self._bundle.has_message(id):
            return None
        pattern = self._bundle.get_message(id).value
        text, errors = self._bundle.format_pattern(pattern, dict(values)) if pattern else (None, [])
        return text if isinstance(text, str) and not errors else None
