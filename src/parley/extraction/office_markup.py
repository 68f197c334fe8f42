"""The text of paragraphs and tables of Office, in WordprocessingML and, on drawings and slides, in DrawingML.

Of an unknown element the content is read, so that no text is lost in an element of a newer version.
"""

from collections.abc import Iterable, Iterator

from .office_package import Element, Package, Part, attribute, child, local, value

# Properties, deleted and moved text, and the codes of fields.
_NO_TEXT = frozenset(
    "binData ddList del delInstrText delText instrText moveFrom nvGrpSpPr nvPicPr nvSpPr pPr rPh rPr"
    " sdtEndPr sdtPr sectPr spPr tblGrid tblPr tcPr trPr".split()
)

_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}

_NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote", "commentReference": "comment"}


class Markup:
    """Reads paragraphs and tables of a part.

    Args:
        package: the file.
        part: the part with the elements. Their relationships are resolved in it.
    """

    def __init__(self, package: Package, part: Part) -> None:
        self.package = package
        self.part = part
        self._targets: dict[str, str] | None = None

    def blocks(self, container: Element) -> Iterator[str]:
        """The paragraphs, each followed by its text boxes, and the tables, one row per line."""
        for element in container:
            match local(element):
                case "p":
                    boxes: list[Element] = []
                    yield self.label(element) + "".join(self._inline(element, boxes)).strip()
                    for box in boxes:
                        yield from self.blocks(box)
                case "tbl":
                    yield "\n".join(filter(None, self._rows(element)))
                case "altChunk":
                    yield from self.other_format(attribute(element, "id"))
                case "AlternateContent":
                    yield from self.blocks(_preferred(element))
                case "chart" | "relIds" if target := _target_id(element):
                    yield from self._drawn(target)
                case name if name not in _NO_TEXT:
                    yield from self.blocks(element)
                case _:
                    pass

    def label(self, paragraph: Element) -> str:
        """The number or bullet that Office shows before a paragraph."""
        return ""

    def note(self, kind: str, id: str) -> str:
        """The text of a footnote, an endnote or a comment."""
        return ""

    def other_format(self, id: str | None) -> Iterator[str]:
        """The text of a part in another format, by its relationship. This class reads none, and reports that."""
        self.package.part(None)
        yield ""

    def target(self, id: str | None) -> str | None:
        """The name of the part that a relationship points to."""
        if self._targets is None:
            self._targets = self.package.related(self.part.name)
        return self._targets.get(id or "")

    def _rows(self, table: Element) -> Iterator[str]:
        for element in table:
            match local(element):
                case "tr":
                    if child(element, "trPr", "del") is None:
                        yield " | ".join(self._cells(element)).rstrip(" |")
                case name if name not in _NO_TEXT:
                    yield from self._rows(element)  # a content control around rows
                case _:
                    pass

    def _cells(self, row: Element) -> Iterator[str]:
        for element in row:
            match local(element):
                case "tc":
                    if child(element, "tcPr", "cellDel") is None:
                        yield " ".join(" ".join(self.blocks(element)).split())
                case name if name not in _NO_TEXT:
                    yield from self._cells(element)
                case _:
                    pass

    def _inline(self, container: Element, boxes: list[Element]) -> Iterator[str]:
        for element in container:
            name = local(element)
            if name in _NO_TEXT:
                continue
            if name == "t":
                yield element.text or ""
            elif name in _CHARACTERS:
                yield _CHARACTERS[name]
            elif name in _NOTES:
                kind = _NOTES[name]
                if text := self.note(kind, attribute(element, "id") or ""):
                    yield f" [{kind}: {text}]"
            elif name in ("txbxContent", "txBody"):
                boxes.append(element)
            elif name in ("chart", "relIds") and (target := _target_id(element)):
                yield " ".join(("", *self._drawn(target)))
            elif name == "textpath":  # WordArt until 2007
                yield attribute(element, "string") or ""
            elif name == "sym":
                yield _symbol(attribute(element, "char") or "")
            elif name == "ffData":
                yield _form_value(element)
            elif name == "AlternateContent":
                yield from self._inline(_preferred(element), boxes)
            elif around := _AROUND.get(name):
                yield from self._formula(reversed(element) if name == "ruby" else element, around, boxes)
            else:
                yield from self._inline(element, boxes)

    def _formula(
        self, elements: Iterable[Element], around: dict[str, tuple[str, str]], boxes: list[Element]
    ) -> Iterator[str]:
        for inner in elements:
            before, after = around.get(local(inner), ("", ""))
            if text := "".join(self._inline([inner], boxes)):
                yield f"{before}{text}{after}"

    def _drawn(self, id: str) -> Iterator[str]:
        """The words and numbers of a chart, or the words of a diagram (SmartArt)."""
        if part := self.package.part(self.target(id)):
            yield from Markup(self.package, part).blocks(part.root)
            for series in part.root.iter("{*}ser"):
                points = [series.iterfind(f"{{*}}{axis}//{{*}}v") for axis in ("tx", "cat", "val", "xVal", "yVal")]
                lines = (", ".join(point.text or "" for point in axis) for axis in points)
                yield " | ".join(filter(None, lines))


# The signs around the parts of a formula on one line: fractions, powers, indexes, roots, brackets, phonetic guides.
_AROUND = {
    "f": {"num": ("(", ")"), "den": ("/(", ")")},
    "sSup": {"sup": ("^(", ")")},
    "sSub": {"sub": ("_(", ")")},
    "sSubSup": {"sub": ("_(", ")"), "sup": ("^(", ")")},
    "nary": {"sub": ("_(", ")"), "sup": ("^(", ") ")},
    "rad": {"deg": ("(", ")"), "e": ("√(", ")")},
    "d": {"e": ("(", ")")},
    "ruby": {"rt": ("(", ")")},
}


def _preferred(alternatives: Element) -> Element:
    """The first alternative with text. The last one repeats it for older programs."""
    for alternative in alternatives:
        texts = alternative.iter("{*}t", "{*}chart", "{*}relIds")
        if any(_target_id(element) or (element.text or "").strip() for element in texts):
            return alternative
    return alternatives[0] if len(alternatives) else alternatives


def _target_id(element: Element) -> str | None:
    """The relationship to the part with a chart (`r:id`) or a diagram (`r:dm`)."""
    return attribute(element, "id") or attribute(element, "dm")


def _symbol(code: str) -> str:
    """A character of a font; a bullet for one of a symbol font, whose number means nothing in other fonts."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return "•" if 0xE000 <= number <= 0xF8FF or not 0x20 <= number < 0xD800 else chr(number)


def _form_value(data: Element) -> str:
    """The choice in a form: a ticked box, or an entry of a list. Typed text is in the document itself."""
    box, entries = child(data, "checkBox"), child(data, "ddList")
    if box is not None:
        chosen = child(box, "checked")
        chosen = child(box, "default") if chosen is None else chosen
        is_ticked = chosen is not None and (attribute(chosen, "val") or "1") not in ("0", "false", "off")
        return "☒" if is_ticked else "☐"
    if entries is not None:
        texts = [attribute(entry, "val") or "" for entry in entries if local(entry) == "listEntry"]
        place = value(entries, "result") or "0"
        return texts[int(place)] if place.isdecimal() and int(place) < len(texts) else ""
    return ""
