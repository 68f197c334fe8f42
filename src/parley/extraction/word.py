"""The text of a Word file."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from .office_markup import Markup
from .office_package import Element, Package, Part, attribute, local, value

_NOTES = {"footnote": "footnotes", "endnote": "endnotes", "comment": "comments"}

_BULLET = "• "


def read_word(package: Package, document: Part) -> Iterator[str]:
    """The headers, the body and the footers. Notes and comments stand behind the words that they belong to."""
    body = _Document(package, document)
    yield from _once(package, document, "header")
    yield from body.blocks(document.root)
    yield from _once(package, document, "footer")


def _once(package: Package, document: Part, kind: str) -> Iterator[str]:
    """The headers or footers of all sections, each text once."""
    seen = {
        "\n\n".join(filter(None, Markup(package, part).blocks(part.root))) for part in _parts(package, document, kind)
    }
    yield from sorted(seen)


def _parts(package: Package, document: Part, kind: str) -> Iterator[Part]:
    used = {attribute(element, "id") for element in document.root.iter(f"{{*}}{kind}Reference")}
    for id, name in package.related(document.name, kind).items():
        if id in used and (part := package.part(name)):
            yield part


class _Document(Markup):
    """The body of a document, with the numbers of its lists and the texts of its notes."""

    def __init__(self, package: Package, part: Part) -> None:
        super().__init__(package, part)
        self._numbering = _Numbering(package, part)
        self._notes: dict[str, dict[str, str]] = {}

    def label(self, paragraph: Element) -> str:
        return self._numbering.label(paragraph)

    def note(self, kind: str, id: str) -> str:
        if kind not in self._notes:
            parts = self.package.parts(self.part.name, _NOTES[kind])
            self._notes[kind] = {note_id: text for part in parts for note_id, text in _notes(self.package, part)}
        return self._notes[kind].get(id, "")

    def other_format(self, id: str | None) -> Iterator[str]:
        from .html_text import html_text

        name = self.target(id)
        if name and name.lower().endswith((".htm", ".html", ".xhtml")):
            yield html_text(self.package.bytes(name).decode(errors="replace"), self.package.report_missing)
        else:
            yield from super().other_format(id)


def _notes(package: Package, part: Part) -> Iterator[tuple[str, str]]:
    markup = Markup(package, part)
    for note in part.root:
        if local(note):
            yield attribute(note, "id") or "", " ".join(" ".join(markup.blocks(note)).split())


@dataclass(frozen=True)
class _Level:
    """The numbering of the paragraphs at a level of a list."""

    start: int
    format: str
    text: str
    """The label, in which %1 stands for the number at the first level."""


class _Numbering:
    """Counts the paragraphs of lists: their numbers are not in the file."""

    def __init__(self, package: Package, document: Part) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._styles: dict[str, tuple[str | None, str | None, str | None]] = {}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._started: set[tuple[str, int]] = set()
        self._overrides: dict[tuple[str, int], int] = {}
        for part in package.parts(document.name, "numbering", has_text=False):
            self._read_lists(part.root)
        for part in package.parts(document.name, "styles", has_text=False):
            for style in part.root.iterfind("{*}style"):
                self._styles[attribute(style, "styleId") or ""] = (
                    value(style, "pPr", "numPr", "numId"),
                    value(style, "pPr", "numPr", "ilvl"),
                    value(style, "basedOn"),
                )

    def _read_lists(self, root: Element) -> None:
        for abstract in root.iterfind("{*}abstractNum"):
            self._levels[attribute(abstract, "abstractNumId") or ""] = {
                _int(attribute(level, "ilvl"), 0): _Level(
                    _int(value(level, "start"), 1), value(level, "numFmt") or "decimal", value(level, "lvlText") or ""
                )
                for level in abstract.iterfind("{*}lvl")
            }
        for number in root.iterfind("{*}num"):
            id = attribute(number, "numId") or ""
            self._lists[id] = value(number, "abstractNumId") or ""
            for override in number.iterfind("{*}lvlOverride"):
                if (start := value(override, "startOverride")) is not None:
                    self._overrides[id, _int(attribute(override, "ilvl"), 0)] = _int(start, 1)

    def label(self, paragraph: Element) -> str:
        """The label of a paragraph and a space; empty if the paragraph is in no list."""
        id, at = self._place(paragraph)
        abstract = self._lists.get(id or "")
        levels = self._levels.get(abstract or "", {})
        level = levels.get(at)
        if id is None or abstract is None or level is None:
            return ""
        if level.format == "bullet":
            return _BULLET
        counts = self._counts[abstract]
        if (id, at) in self._overrides and (id, at) not in self._started:
            counts[at] = self._overrides[id, at]
        else:
            counts[at] = counts[at] + 1 if at in counts else level.start
        self._started.add((id, at))
        for deeper in [other for other in counts if other > at]:
            del counts[deeper]
        text = level.text
        for other, shown in levels.items():
            text = text.replace(f"%{other + 1}", _format(counts.get(other, shown.start), shown.format))
        return f"{text} " if text.strip() else ""

    def _place(self, paragraph: Element) -> tuple[str | None, int]:
        """The list of a paragraph, and the level in it."""
        id = value(paragraph, "pPr", "numPr", "numId")
        level = value(paragraph, "pPr", "numPr", "ilvl")
        style = value(paragraph, "pPr", "pStyle")
        for _ in range(10):  # a style is based on another
            if id is not None or style not in self._styles:
                break
            id, own_level, style = self._styles[style]
            level = level if level is not None else own_level
        return id, _int(level, 0)


def _int(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else default


def _format(number: int, format: str) -> str:
    match format:
        case "none":
            return ""
        case "decimalZero":
            return f"{number:02}"
        case "upperRoman" | "lowerRoman":
            roman = _roman(number)
            return roman.lower() if format == "lowerRoman" else roman
        case "upperLetter" | "lowerLetter":
            letter = chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 10) if number > 0 else ""
            return letter.lower() if format == "lowerLetter" else letter
        case _:
            return str(number)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    letters = ""
    for size, letter in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        letters += letter * (number // size)
        number %= size
    return letters
