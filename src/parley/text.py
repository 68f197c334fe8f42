"""Functions for text from users, models and servers, which may hold anything."""

import html
import re

import regex

# Characters that show nothing: spaces of all kinds, and characters without a shape, such as zero-width ones.
_BLANK = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\N{BRAILLE PATTERN BLANK}]*")
_BEFORE = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}]*")
_AFTER = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u2060\ufeff"

MENTION = re.compile(r"<at(?P<attributes>\s[^<>]*)?>(?P<name>[^<>]*)</at\s*>", re.IGNORECASE)
"""A mention in the text of a message: `<at>Parley</at>`, or `<at id="0">Parley</at>`. An entity of the message has the
id of the mentioned user, and the name again, perhaps written otherwise: `&` where the text has `&amp;`."""

_MENTION_ID = re.compile(r"\bid\s*=\s*[\"']?(?P<id>[^\"'\s>]*)", re.IGNORECASE)

# NUL, which PostgreSQL cannot store, and halves of surrogate pairs, which UTF-8 does not. Clients send halves after
# cutting an emoji in two, and terminals for bytes that are no character in their encoding.
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


# `html.unescape` fails for a number of more than 4,300 digits, and no character has so high a number.
_ENDLESS_NUMBER = re.compile(r"&#[0-9]{1000,};?")


def unescape(text: str) -> str:
    """Replace the entities of HTML by their characters."""
    return html.unescape(_ENDLESS_NUMBER.sub("\ufffd", text))


def storable(text: str) -> str:
    """Replace the characters that cannot be stored by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def is_blank(text: str) -> bool:
    """True if the text shows nothing, whether its spaces are characters or HTML entities."""
    return _BLANK.fullmatch(unescape(text)) is not None


def trimmed(text: str) -> str:
    """Remove the characters around the text that show nothing."""
    if is_blank(text):
        return ""
    before = _BEFORE.match(text)
    return text[before.end() if before else 0 :].rstrip(_AFTER)


def is_html(content_type: str | None) -> bool:
    """True for the media type of HTML, with any parameters."""
    return (content_type or "").partition(";")[0].strip().lower() == "text/html"


def plain_name(name: str) -> str:
    """Return the name for comparing mentions: as a reader sees it, without tags, extra spaces and case."""
    return " ".join(unescape(MENTION.sub(r"\g<name>", name)).split()).casefold()


def mention_id(mention: re.Match[str]) -> str | None:
    """Return the id of a mention. Some clients number the mentions of a message with it."""
    found = _MENTION_ID.search(mention["attributes"] or "")
    return found["id"] if found else None


def on_one_line(text: str, longest: int = 300) -> str:
    """Return the text for a log or a terminal: on one line, without control characters, cut to `longest` characters."""
    line = " ".join(text.split(maxsplit=longest)[:longest])[: longest + 1]
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
