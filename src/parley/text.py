"""Text as anybody may send it."""

import html
import re

import regex

# What shows nothing: spaces of all kinds, and characters that no font has, such as zero-width ones.
_BLANK = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\N{BRAILLE PATTERN BLANK}]*")
_BEFORE = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}]*")
_AFTER = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u2060\ufeff"

# What neither UTF-8 nor PostgreSQL takes: halves of surrogate pairs, which clients leave when they cut an emoji in two
# and terminals for what is no character in their encoding, and NUL.
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


def storable(text: str) -> str:
    """The text as it is, but for what cannot be stored, which becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def is_blank(text: str) -> bool:
    """Whether a text shows nothing, whether its blanks are characters or stand there as in HTML."""
    return _BLANK.fullmatch(html.unescape(text)) is not None


def trimmed(text: str) -> str:
    """The text without the blanks around it; empty if it is blank."""
    if is_blank(text):
        return ""
    before = _BEFORE.match(text)
    return text[before.end() if before else 0 :].rstrip(_AFTER)
