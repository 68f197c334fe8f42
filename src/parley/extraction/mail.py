"""The text of a mail."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from .encoding import decode
from .extracted import Extracted
from .html_text import html_text

_HEADERS = ("From", "To", "Cc", "Date", "Subject")

# The bodies that are preferred among alternatives.
_PREFERRED = ("text/plain", "text/html")


def mail_text(data: bytes, extracted: Extracted) -> str:
    """Return the most important headers, the text, and the names of attachments that are not read."""
    return "\n\n".join(_message(message_from_bytes(data, policy=policy.default), extracted))


def _message(message: EmailMessage, extracted: Extracted) -> Iterator[str]:
    yield "\n".join(f"{name}: {message[name]}" for name in _HEADERS if message[name])
    yield from _part(message, extracted)


def _part(part: EmailMessage, extracted: Extracted) -> Iterator[str]:
    payload: Any = part.get_payload()
    kind, main_kind = part.get_content_type(), part.get_content_maintype()
    is_container = isinstance(payload, list)  # a damaged mail may call a text multipart
    if kind == "message/rfc822" and is_container and payload:
        yield from _message(payload[0], extracted)
    elif kind == "multipart/alternative" and is_container:
        yield from _alternatives(payload, extracted)
    elif main_kind == "multipart" and is_container:
        for inner in payload:
            yield from _part(inner, extracted)
    elif main_kind in ("text", "multipart"):
        text = _text(part, extracted)
        text = html_text(text, extracted.note_incomplete) if kind == "text/html" and text.strip() else text
        name = part.get_filename() or ("Attached" if part.is_attachment() else "")
        yield f"{name}:\n{text}" if name else text
    elif is_container or payload.strip():
        extracted.note_incomplete()
        yield f"Attached, not read: {part.get_filename() or kind}"


def _alternatives(parts: list[EmailMessage], extracted: Extracted) -> Iterator[str]:
    """The first body that is not blank, and the files beside the others: Apple's mails have them there."""
    waiting = sorted(parts, key=lambda part: [*_PREFERRED, part.get_content_type()].index(part.get_content_type()))
    while waiting:
        blocks = [*_part(waiting.pop(0), extracted)]
        if any(block.strip() for block in blocks):
            yield from blocks
            break
    for other in waiting:
        for part in other.walk():
            if part.get_filename() and part.get_content_maintype() != "image":
                yield from _part(part, extracted)


def _text(part: EmailMessage, extracted: Extracted) -> str:
    data = cast(bytes, part.get_payload(decode=True) or b"")
    try:
        return data.decode(part.get_content_charset() or "ascii")
    except (LookupError, UnicodeError):
        return decode(data, extracted)
