"""The text of an Excel file."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from . import SAFE_XML
from .office_markup import Markup
from .office_package import Element, Package, Part, attribute, child, local

# Empty cells shown between two others. More are of no use to the model.
_MAX_GAP = 50


def read_sheets(package: Package, workbook: Part, max_characters: int) -> Iterator[str]:
    """The sheets in order: their names, one row per line, then their drawings and comments."""
    names = package.related(workbook.name)
    values = _Values(package, workbook)
    for sheet in workbook.root.iterfind("{*}sheets/{*}sheet"):
        title = f"Sheet: {sheet.get('name') or ''}"
        if sheet.get("state") in ("hidden", "veryHidden"):
            title += " (hidden)"
        name = names.get(attribute(sheet, "id") or "")
        if not name:
            package.report_missing()
            continue
        lines: list[str] = []
        size = 0
        for line in _rows(package, name, values):
            lines.append(line)
            size += len(line)
            if size > max_characters:
                break
        beside = [block for part in package.parts(name, "drawing") for block in Markup(package, part).blocks(part.root)]
        notes = [note for kind in ("comments", "threadedComment") for note in _notes(package, name, kind)]
        if lines or any(beside) or notes:
            yield "\n".join((title, *lines))
            yield from beside
            yield from notes


class _Values:
    """The texts and number formats that the cells of a workbook share."""

    def __init__(self, package: Package, workbook: Part) -> None:
        self.texts = [
            _text(item)
            for name in package.related(workbook.name, "sharedStrings").values()
            for item in _elements(package, name, "si")
        ]
        properties = child(workbook.root, "workbookPr")
        is_mac = properties is not None and properties.get("date1904") in ("1", "true")
        self._epoch = CALENDAR_MAC_1904 if is_mac else CALENDAR_WINDOWS_1900
        self._formats: list[str] = []
        for part in package.parts(workbook.name, "styles", has_text=False):
            own = {
                item.get("numFmtId"): item.get("formatCode") or ""
                for item in part.root.iterfind("{*}numFmts/{*}numFmt")
            }
            for style in part.root.iterfind("{*}cellXfs/{*}xf"):
                id = style.get("numFmtId") or "0"
                self._formats.append(own.get(id) or BUILTIN_FORMATS.get(int(id) if id.isdecimal() else 0, "General"))

    def cell(self, cell: Element) -> str:
        """The text of a cell, about as Excel shows it: no model knows which day 45000 is."""
        found = child(cell, "v")
        shown = "" if found is None else found.text or ""
        match cell.get("t"):
            case "s":
                return self.texts[int(shown)] if shown.isdecimal() and int(shown) < len(self.texts) else ""
            case "inlineStr":
                inline = child(cell, "is")
                return "" if inline is None else _text(inline)
            case "b":
                return {"1": "TRUE", "0": "FALSE"}.get(shown, shown)
            case "d":
                return shown.removesuffix("T00:00:00")
            case None | "n" if shown:
                return self._number(shown, cell.get("s") or "")
            case _:
                pass
        formula = child(cell, "f")
        if not shown and formula is not None:  # no program has calculated it
            return f"={formula.text or ''}"
        return shown

    def _number(self, shown: str, style: str) -> str:
        format = self._formats[int(style)] if style.isdecimal() and int(style) < len(self._formats) else "General"
        try:
            number = float(shown)
            if is_date_format(format):
                return _date(from_excel(number, self._epoch, timedelta=is_timedelta_format(format)))
            if "%" in format:
                return f"{number * 100:.12g}%"
        except (ValueError, OverflowError):
            return shown
        return f"{number:.15g}" if "." in shown or "e" in shown.lower() else shown


def _date(moment: datetime | date | time | timedelta | None) -> str:
    if isinstance(moment, datetime):
        return moment.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return "" if moment is None else str(moment)


def _rows(package: Package, name: str, values: _Values) -> Iterator[str]:
    """The rows of a sheet that are not empty, as text."""
    for row in _elements(package, name, "row"):
        cells: list[str] = []
        width = 0
        for cell in row:
            if local(cell) != "c":
                continue
            place = _column(cell.get("r") or "") or width + 1
            if text := values.cell(cell):
                cells += [""] * min(place - width - 1, _MAX_GAP)
                cells.append(" ".join(text.split()))
            if text or not cell.get("r"):
                width = place
        if cells:
            yield " | ".join(cells)


def _elements(package: Package, name: str, tag: str) -> Iterator[Element]:
    """The elements of a name in a part, one by one: a large sheet as a whole does not fit into the memory."""
    try:
        for _, element in etree.iterparse(
            BytesIO(package.bytes(name)),
            tag=f"{{*}}{tag}",
            **SAFE_XML,
        ):
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError:  # the part ends here
        package.report_missing()


def _column(reference: str) -> int | None:
    letters = reference.rstrip("0123456789")
    return column_index_from_string(letters) if letters.isalpha() and letters.isascii() and len(letters) < 4 else None


def _text(item: Element) -> str:
    """The text of an item, which may have several fonts, without phonetic guides."""
    return "".join(text.text or "" for text in item.iter("{*}t") if local(text.getparent()) != "rPh")


def _notes(package: Package, name: str, kind: str) -> Iterator[str]:
    for part in package.parts(name, kind):
        for note in part.root.iter("{*}comment", "{*}threadedComment"):
            text = " ".join(_text(note).split()) or " ".join(
                " ".join(inner.text or "" for inner in note.iter("{*}text")).split()
            )
            if text and not text.startswith("[Threaded comment]"):
                yield f"Comment on {note.get('ref') or ''}: {text}"
