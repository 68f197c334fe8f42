"""Links and images: how they are written, and which targets are harmless."""

import html
import re
from collections.abc import Collection

import regex

SCHEMES = frozenset({"http", "https", "mailto"})
"""The schemes that a link may have. A relative link has none."""

# Within these, no backtick, line end or bracket can mean something else to another renderer.
_GAP = r"[ \t]*+(?:(?:\r\n?+|\n)[ \t]*+)?+"
_CHARACTERS = r"(?:[^\s\x00-\x1f\x7f()<>\\`]++|\\[!-/:-@\[\]^_{-~])"
_BARE = rf"(?:{_CHARACTERS}|\((?:{_CHARACTERS}|\({_CHARACTERS}*+\))*+\))*+"
_TITLE = r"""(?:"(?:[^"\\`\r\n]|\\[^`\r\n])*+"|'(?:[^'\\`\r\n]|\\[^`\r\n])*+'|\((?:[^()\\`\r\n]|\\[^`\r\n])*+\))"""
_TARGET = rf"\({_GAP}(?|<([^<>\\`\r\n]*+)>|({_BARE}))(?:{_GAP}{_TITLE})?+{_GAP}\)"
_ALT = r"!\[((?:[^\[\]\\\r\n]|\\[^\r\n]|\[(?:[^\[\]\\\r\n]|\\[^\r\n])*+\])*+)\]"

LINK_TARGET = regex.compile(rf"\]{_TARGET}")
"""`](target "title")`, the end of a link."""

IMAGE = regex.compile(_ALT)
INLINE_IMAGE = regex.compile(rf"{_ALT}{_TARGET}")
REFERENCE_IMAGE = regex.compile(rf"{_ALT}\[([^\[\]\\\r\n]*+)\]")

DEFINITION = regex.compile(
    rf"[ \t>]*+\[([^\[\]\\`<\r\n]++)\]:{_GAP}(?|<([^<>\\`\r\n]*+)>|([^\s<]\S*+))(?:[ \t]++{_TITLE})?+[ \t]*+[\r\n]"
)
"""A line `[label]: target "title"` that is a definition for every renderer."""

DEFINITION_TARGET = regex.compile(
    r"\]:[\s>\x00-\x1f]*+(?|<([^<>\]\r\n]*+)[>\]]|([^ \t\r\n<\]][^ \t\r\n\]]*+))(?:\]|[^\S\r\n]*+[\r\n\"'(])"
)
"""`]: target` that some renderer may take for the end of a definition. With more words after, it is prose."""

OPEN_TITLE = regex.compile(
    r"""\]:[\s>]*+(?:<[^<>\r\n]*+>|\S++)[ \t]++"""
    r"""(?:"(?:[^"\\\r\n]|\\.)*+|'(?:[^'\\\r\n]|\\.)*+|\((?:[^()\\\r\n]|\\.)*+)\\?+[\r\n]"""
)
"""`]: target "title` that goes on below, for some renderers over blank lines and the beginnings of blocks."""

AUTOLINK = regex.compile(r"<(?:(?:https?://|mailto:)[^\s<>\[\]\\`|]++|[A-Za-z0-9._+-]++@[A-Za-z0-9.-]++)>")

# An image without what ends it for some renderer: the rest of it could be another image, by reference.
_PLAIN_IMAGE = re.compile(r"[^\[\]!<\\`|$\r\n]*")
_WEB = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]+)?(?:[/?#][a-z0-9._~:/?#@&*+,;=%-]*)?", re.IGNORECASE)


def is_harmless(target: str) -> bool:
    """True if a link to the target is relative or has a scheme of `SCHEMES`, however the target is escaped."""
    scheme, colon, _rest = re.split("[/?#]", html.unescape(target), maxsplit=1)[0].partition(":")
    return not colon or scheme.lower() in SCHEMES


def is_plain_image(alt: str, target: str) -> bool:
    """True if every renderer sees the same image in `![alt]` and its `(target)`."""
    return bool(_PLAIN_IMAGE.fullmatch(f"{alt}{target}"))


def is_on_host(url: str, hosts: Collection[str]) -> bool:
    """True if the URL is one of the web, on one of the hosts (in lower case)."""
    web = _WEB.fullmatch(url)
    return bool(web) and web[1].lower() in hosts


def normalize_label(label: str) -> str:
    """Return the label of a definition as references match it: by words, in any case."""
    return " ".join(label.casefold().split())
