"""A catalogue holds all of the bot's own lines in one language.

It is a Project Fluent file (https://projectfluent.org), `catalogues/TAG.ftl`, with the language's BCP 47 tag.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource

_FILES = files(__package__) / "catalogues"


@cache
def catalogue_tags() -> list[str]:
    """Return the BCP 47 tags of all catalogues."""
    return sorted(file.name.removesuffix(".ftl") for file in _FILES.iterdir() if file.name.endswith(".ftl"))


@cache
def open_catalogue(tag: str) -> "Catalogue":
    """Return the catalogue of a language. The first call parses the file, which takes some hundredths of a second."""
    return Catalogue(tag, (_FILES / f"{tag}.ftl").read_text(encoding="utf-8"))


class Catalogue:
    """The lines of one language."""

    def __init__(self, tag: str, source: str) -> None:
        # Isolation marks around values serve right-to-left lines only, and users copy them along with the text.
        self._bundle = FluentBundle([tag], use_isolating=False)
        self._bundle.add_resource(FluentResource(source))

    def find(self, id: str, values: Mapping[str, object]) -> str | None:
        """Return the line with its values filled in; `None` if it is missing or lacks a value."""
        if not self._bundle.has_message(id):
            return None
        pattern = self._bundle.get_message(id).value
        text, errors = self._bundle.format_pattern(pattern, dict(values)) if pattern else (None, [])
        return text if isinstance(text, str) and not errors else None
