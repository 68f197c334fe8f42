"""The text of a file that is text, be it of a program, a web page, a mail or a log."""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Any, cast

from . import RTF
from .encoding import decode, is_binary
from .extracted import Extracted
from .problems import Problem, UnreadableError

_HTML = frozenset({"htm", "html", "xhtml"})
_MAIL = frozenset({"eml", "mht", "mhtml"})

_BLOCKS = (
    *("address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figure"),
    *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p"),
    *("pre", "section", "table", "title", "tr", "ul"),
)

_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def read_text(data: bytes, extension: str, extracted: Extracted) -> None:
    """Take the text of a file.

    Raises:
        UnreadableError: it is no text, or there is none in it.
    """
    if data[:1024].lstrip().startswith(RTF):
        text = _rtf_text(data)
    elif extension in _MAIL:
        text = "\n\n".join(_mail(message_from_bytes(data, policy=policy.default), extracted))
    else:
        text = _written(data, extension, extracted)
    if not text.strip("\0\ufeff \t\r\n\f\v"):
        raise UnreadableError(Problem.EMPTY)
    extracted.take_whole(text)


def _written(data: bytes, extension: str, extracted: Extracted) -> str:
    """A text as it was written; if that is too long, what of it is read by people."""
    text = decode(data, extracted)
    if is_binary(text):
        raise UnreadableError(Problem.DAMAGED)
    if len(text) > extracted.max_characters:
        if extension in _HTML or re.match(r"\s*<(?:!doctype html|html)", text, re.IGNORECASE):
            return html_text(text)
        if extension == "ipynb":
            return _notebook(text)
    return text


def html_text(source: str) -> str:
    """The words of a page, a block on a line."""
    from lxml import html

    # An encoding that is declared is that of the bytes.
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8")
    root: Any = html.document_fromstring(source.encode(errors="replace"), parser=parser)
    for element in [*root.iter("script", "style", "template", "svg")]:
        element.drop_tree()
    for element in root.iter(*_BLOCKS):
        element.text = "\n" + (element.text or "")
        element.tail = "\n" + (element.tail or "")
    for element in root.iter("td", "th"):
        element.tail = " | " + (element.tail or "").lstrip()
    lines = (" ".join(line.split()).rstrip(" |") for line in root.text_content().split("\n"))
    return "\n".join(filter(None, lines))


def _rtf_text(data: bytes) -> str:
    from striprtf.striprtf import rtf_to_text

    return rtf_to_text(data.decode("cp1252", errors="replace"), errors="replace")


def _mail(message: EmailMessage, extracted: Extracted) -> Iterator[str]:
    """The most important headers, the words, and the names of what is attached."""
    yield "\n".join(f"{name}: {message[name]}" for name in _HEADERS if message[name])
    body = message.get_body(("plain", "html"))
    if body is not None:
        text = _content(body, extracted)
        yield html_text(text) if body.get_content_type() == "text/html" and text.strip() else text
    for part in message.iter_attachments():
        inner = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
            yield from _mail(cast(EmailMessage, inner[0]), extracted)
        elif part.get_content_maintype() == "text":
            yield f"{part.get_filename() or 'Attached'}:\n{_content(part, extracted)}"
        else:
            extracted.note(Problem.INCOMPLETE)
            yield f"Attached, not read: {part.get_filename() or part.get_content_type()}"


def _content(part: MIMEPart, extracted: Extracted) -> str:
    data = cast(bytes, part.get_payload(decode=True) or b"")
    try:
        return data.decode(part.get_content_charset() or "ascii")
    except (LookupError, UnicodeError):
        return decode(data, extracted)


def _notebook(text: str) -> str:
    """The cells of a Jupyter notebook and what they have printed, without pictures."""
    try:
        cells: list[Any] = json.loads(text)["cells"]
        blocks = ["".join(part) for cell in cells for part in (cell["source"], *_printed(cell))]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text
    return "\n\n".join(filter(None, blocks))


def _printed(cell: Any) -> Iterator[Any]:
    for output in cell.get("outputs", ()):
        yield output.get("text") or output.get("data", {}).get("text/plain") or ""
