"""Text as anybody may send it."""

import html
import re

import regex

# What shows nothing: spaces of all kinds, and characters that no font has, such as zero-width ones.
_BLANK = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\N{BRAILLE PATTERN BLANK}]*")
_BEFORE = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}]*")
_AFTER = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u2060\ufeff"

MENTION = re.compile(r"<at(?P<attributes>\s[^<>]*)?>(?P<name>[^<>]*)</at\s*>", re.IGNORECASE)
"""A mention in the text of a message: `<at>Parley</at>`, or `<at id="0">Parley</at>`. An entity of the message tells
who is meant, and has the name as well; perhaps in other letters, such as `&` where the text has `&amp;`."""

_MENTION_ID = re.compile(r"\bid\s*=\s*[\"']?(?P<id>[^\"'\s>]*)", re.IGNORECASE)

# What neither UTF-8 nor PostgreSQL takes: halves of surrogate pairs, which clients leave when they cut an emoji in two
# and terminals for what is no character in their encoding, and NUL.
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


def storable(text: str) -> str:
    """The text as it is, but for what cannot be stored, which becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def is_blank(text: str) -> bool:
    """True if a text shows nothing, whether its blanks are characters or stand there as in HTML."""
    return _BLANK.fullmatch(html.unescape(text)) is not None


def trimmed(text: str) -> str:
    """The text without the blanks around it; empty if it is blank."""
    if is_blank(text):
        return ""
    before = _BEFORE.match(text)
    return text[before.end() if before else 0 :].rstrip(_AFTER)


def is_html(content_type: str | None) -> bool:
    """True for the media type of HTML, with any parameters."""
    return (content_type or "").partition(";")[0].strip().lower() == "text/html"


def plain_name(name: str) -> str:
    """The name by which mentions are compared: as a reader sees it, whatever its tags, spaces and case."""
    return " ".join(html.unescape(MENTION.sub(r"\g<name>", name)).split()).casefold()


def mention_id(mention: re.Match[str]) -> str | None:
    """The id that a mention has, by which some clients number those of a message."""
    found = _MENTION_ID.search(mention["attributes"] or "")
    return found["id"] if found else None


def on_one_line(text: str, longest: int = 300) -> str:
    """The text for a log or a terminal: on one line, without what could steer a terminal, cut to `longest`."""
    line = " ".join(text.split(maxsplit=longest)[:longest])[: longest + 1]
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
