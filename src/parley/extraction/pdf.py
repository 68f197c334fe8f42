"""The text of a PDF: its pages, the values of its form, and its annotations."""

import logging
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PasswordType, PdfReader
from pypdf.generic import DictionaryObject

from . import SAFE_XML, Problem, UnreadableError
from .extracted import Extracted

# Annotations without words of their own: fields, links, files, media, and the windows of notes.
_NO_NOTES = frozenset({"/Widget", "/Link", "/Popup", "/FileAttachment", "/Sound", "/Movie", "/Screen"})

# Flags of fields (ISO 32000-1, 12.7.4): a password, a button without a value.
_PASSWORD = 1 << 13
_PUSH_BUTTON = 1 << 16

# The output for a font that does not map its glyphs to letters: names or numbers of glyphs, and control characters.
_GLYPHS = re.compile(
    r"/[A-Za-z]+\d*\.\w+|/(?:g|cid|glyph|uni|index)\d+|\(cid:\d+\)"
    r"|[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]"
)

# Letters of a word. If much of a text is longer, the spaces between words are missing.
_LONGEST_WORD = 35
_RUN_TOGETHER = re.compile(f"[A-Za-z.,;:'()-]{{{_LONGEST_WORD},}}")

_MAX_DEPTH = 50  # of the parents of a field


class _Warnings(logging.Handler):
    """Counts the warnings of pypdf: it reads most damaged pages as if they were empty."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def read_pdf(data: bytes, extracted: Extracted) -> None:
    """Take the text of a PDF."""
    reader = PdfReader(BytesIO(data))
    # Many encrypted files can be opened without a password.
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise UnreadableError(Problem.ENCRYPTED)
    warnings = _Warnings()
    logger = logging.getLogger("pypdf")
    logger.addHandler(warnings)
    try:
        _read_pages(reader, extracted, warnings)
    finally:
        logger.removeHandler(warnings)


def _read_pages(reader: PdfReader, extracted: Extracted, warnings: _Warnings) -> None:
    pages = len(reader.pages)
    unread = max(0, _claimed_pages(reader) - pages)
    damaged = 0
    has_fields = False
    for number in range(pages):
        if extracted.is_cut:
            break
        warned = warnings.count
        blocks: list[str] = []
        is_damaged = False
        for part in (_text, _fields, _notes):
            try:
                blocks.append(part(reader.pages[number]))
            except MemoryError:
                raise
            except Exception as error:  # the exceptions of pypdf are no closed list
                extracted.note_failure(error)
                is_damaged = True
                blocks.append("")
        text, fields, _ = blocks
        has_fields = has_fields or bool(fields)
        is_lost = False
        try:
            page = reader.pages[number]
            if _is_garbled(text) or (text and _has_unknown_font(page)):
                extracted.note(Problem.MISREAD)
            is_lost = not any(blocks) and (warnings.count > warned or _is_drawn(page))
        except MemoryError:
            raise
        except Exception as error:
            extracted.note_failure(error)
            is_damaged = True
        unread += is_damaged or is_lost
        damaged += is_damaged
        extracted.take(blocks)
    if not has_fields:
        extracted.take(_dynamic_form(reader))
    if unread and extracted.text:
        extracted.note_incomplete()
    elif damaged and damaged == pages:
        raise UnreadableError(Problem.DAMAGED)


def _claimed_pages(reader: PdfReader) -> int:
    tree: Any = reader.root_object.get("/Pages")
    try:
        return int(tree.get_object()["/Count"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return 0


def _is_drawn(page: Any) -> bool:
    """True if a page without text shows a picture, as a scan does, or has content that cannot be unpacked."""
    contents = page.get("/Contents")
    contents = contents.get_object() if contents is not None else None
    for stream in contents if isinstance(contents, list) else [contents]:
        found = stream.get_object() if stream is not None else None
        if found is not None and not (hasattr(found, "get_data") and (found.get_data() or "/Filter" not in found)):
            return True
    try:
        objects = page["/Resources"].get_object()["/XObject"].get_object().values()
        return any(found.get_object().get("/Subtype") == "/Image" for found in objects)
    except (KeyError, AttributeError, TypeError):
        return False


def _text(page: Any) -> str:
    return page.extract_text().strip()


def _annotations(page: Any) -> Iterator[Any]:
    for annotation in page.get("/Annots") or ():
        inner = annotation.get_object()
        if inner is not None:
            yield inner


def _fields(page: Any) -> str:
    """The names of the filled-in fields, and their values."""
    lines = (_field(annotation) for annotation in _annotations(page) if annotation.get("/Subtype") == "/Widget")
    return "\n".join(dict.fromkeys(filter(None, lines)))  # each button of a choice is a widget of the same field


def _field(widget: Any) -> str:
    flags = _inherited(widget, "/Ff") or 0
    kind = _inherited(widget, "/FT")
    if kind == "/Sig" or (kind == "/Tx" and flags & _PASSWORD) or (kind == "/Btn" and flags & _PUSH_BUTTON):
        return ""
    shown = _value(_inherited(widget, "/V"), widget)
    if kind == "/Btn" and shown in ("", "Off"):
        return ""
    name = _inherited(widget, "/TU") or ".".join(reversed(list(_names(widget))))
    return f"{name}: {shown}" if shown else ""


def _value(found: Any, widget: Any) -> str:
    if found is None:
        return ""
    if isinstance(found, list):
        return ", ".join(filter(None, (_value(item.get_object(), widget) for item in found)))
    if hasattr(found, "get_data"):  # a long text is a stream
        return found.get_data().decode("utf-8", errors="replace").strip()
    shown = str(found).removeprefix("/").strip()
    for option in _inherited(widget, "/Opt") or ():  # a value and its label
        pair = option.get_object()
        if isinstance(pair, list) and len(pair) > 1 and str(pair[0].get_object()) == str(found):
            return str(pair[1].get_object())
    return shown


def _inherited(field: Any, key: str) -> Any:
    for ancestor in _ancestors(field):
        found = ancestor.get(key)
        if found is not None:
            return found.get_object()
    return None


def _names(field: Any) -> Iterator[str]:
    return (str(ancestor["/T"]) for ancestor in _ancestors(field) if "/T" in ancestor)


def _ancestors(field: Any) -> Iterator[Any]:
    for _ in range(_MAX_DEPTH):
        yield field
        if field.get("/Parent") is None:
            return
        field = field["/Parent"].get_object()


def _notes(page: Any) -> str:
    """The text typed on the page, and the text of notes."""
    notes: list[str] = []
    for annotation in _annotations(page):
        kind = annotation.get("/Subtype")
        if kind in _NO_NOTES:
            continue
        words = str(annotation.get("/Contents") or "").strip() or _rich_text(annotation.get("/RC"))
        if words:
            notes.append(words if kind == "/FreeText" else f"Note: {words}")
    return "\n".join(notes)


def _rich_text(found: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", str(found)).split()) if isinstance(found, str) else ""


def _dynamic_form(reader: PdfReader) -> Iterator[str]:
    """The values of an XFA form, which has no pages of its own."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    found = (reader.xfa or {}).get("datasets")
    if not isinstance(found, bytes):
        return
    parser = etree.XMLParser(recover=True, huge_tree=True, **SAFE_XML)
    root = etree.fromstring(found, parser)
    lines = (
        f"{str(element.tag).rpartition('}')[2]}: {element.text.strip()}"
        for element in root.iter(etree.Element)
        if not len(element) and (element.text or "").strip()
    )
    yield "\n".join(lines)


def _is_garbled(text: str) -> bool:
    """True if much of a text is glyphs without letters, single letters, or words without spaces between them."""
    odd = sum(len(match[0]) for match in _GLYPHS.finditer(text))
    words = [word for word in text.split() if word.isascii() and "://" not in word]
    letters = sum(len(word) == 1 and word.isalpha() for word in words)
    run_together = sum(len(word) for word in words if _RUN_TOGETHER.fullmatch(word) and len(set(word)) > 5)
    return (
        odd > max(2, len(text) // 20)
        or letters > max(10, len(text.split()) // 2)
        or run_together > max(2 * _LONGEST_WORD, len(text) // 3)
    )


def _has_unknown_font(page: Any) -> bool:
    """True if a font numbers its glyphs and does not map them to letters."""
    resources = page.get("/Resources", DictionaryObject()).get_object()
    objects = resources.get("/XObject", DictionaryObject()).get_object().values()
    forms = [found.get_object().get("/Resources", DictionaryObject()).get_object() for found in objects]
    for holder in (resources, *forms):
        for found in holder.get("/Font", DictionaryObject()).get_object().values():
            font = found.get_object()
            if font.get("/Subtype") == "/Type0" and "/ToUnicode" not in font:
                if not str(font.get("/Encoding")).startswith("/Uni"):
                    return True
    return False
