"""The text of a file that is text: source code, data, a log, a web page, a notebook, a mail, or RTF."""

import json
import re
from collections.abc import Iterator
from typing import Any

from . import RTF, Problem, UnreadableError
from .encoding import decode, is_binary
from .extracted import Extracted
from .html_text import html_text

_HTML = frozenset({"htm", "html", "xhtml"})
_MAIL = frozenset({"eml", "mht", "mhtml"})

# Braces, and the groups that striprtf leaves out though they have text: headers and footers, footnotes, comments, and
# the text boxes in drawings. A backslash before a brace makes it a character.
_RTF_GROUPS = re.compile(
    r"\\[\\{}]|\}|"
    r"\{(?:\s*(?:\\\*\s*)?\\(header[lrf]?|footer[lrf]?|footnote|annotation|shptxt|shpinst|shp)(?![a-z]) ?)?"
)

# The text that stands before and behind the text of such a group.
_AROUND_RTF = {
    "annotation": (r" [comment: ", "]"),
    "footnote": (r" [footnote: ", "]"),
    "shp": ("", ""),
    "shpinst": ("", ""),
}
_RTF_PARAGRAPH = (r"\par ", r"\par ")


def read_text(data: bytes, extension: str, extracted: Extracted) -> None:
    """Take the text of a file.

    Raises:
        UnreadableError: it is no text, or there is none in it.
    """
    if data[:1024].lstrip().startswith(RTF):
        text = _rtf_text(data)
    elif extension in _MAIL:
        from .mail import mail_text

        text = mail_text(data, extracted)
    else:
        text = _plain_text(data, extension, extracted)
    if not text.strip("\0\ufeff \t\r\n\f\v"):
        raise UnreadableError(Problem.DAMAGED if extracted.problems else Problem.EMPTY)
    extracted.take_whole(text)


def _plain_text(data: bytes, extension: str, extracted: Extracted) -> str:
    """The text as it is. Of a page or a notebook that is too long, only the part that a reader sees."""
    text = decode(data, extracted)
    if is_binary(text):
        raise UnreadableError(Problem.DAMAGED)
    if len(text) > extracted.max_characters:
        if extension in _HTML or re.match(r"\s*<(?:!doctype html|html)", text, re.IGNORECASE):
            return html_text(text, extracted.note_incomplete)
        if extension == "ipynb":
            return _notebook(text)
    return text


def _rtf_text(data: bytes) -> str:
    """Return the text of an RTF file, with its headers, footers, notes and text boxes where the file has them."""
    from striprtf.striprtf import rtf_to_text

    ends: list[str] = []

    def replace(found: re.Match[str]) -> str:
        if found[0] == "}":
            return (ends.pop() if ends else "") + "}"
        if not found[0].startswith("{"):
            return found[0]
        before, after = _AROUND_RTF.get(found[1], _RTF_PARAGRAPH) if found[1] else ("", "")
        ends.append(after)
        return "{" + before

    return rtf_to_text(_RTF_GROUPS.sub(replace, data.decode("cp1252", errors="replace")), errors="replace")


def _notebook(text: str) -> str:
    """The cells of a Jupyter notebook and their output, without pictures."""
    try:
        cells: list[Any] = json.loads(text)["cells"]
        blocks = ["".join(part) for cell in cells for part in (cell["source"], *_printed(cell))]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text
    return "\n\n".join(filter(None, blocks))


def _printed(cell: Any) -> Iterator[Any]:
    for output in cell.get("outputs", ()):
        yield output.get("text") or output.get("data", {}).get("text/plain") or ""
