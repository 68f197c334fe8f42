"""Mentions in the text of a message: `<at>Parley</at>`, or `<at id="0">Parley</at>`.

An entity of the message tells who is meant, and has the name as well; perhaps in other letters, such as `&` where the
text has `&amp;`.
"""

import html
import re

TAG = re.compile(r"<at(?P<attributes>\s[^<>]*)?>(?P<name>[^<>]*)</at\s*>", re.IGNORECASE)

_ID = re.compile(r"\bid\s*=\s*[\"']?(?P<id>[^\"'\s>]*)", re.IGNORECASE)


def plain_name(name: str) -> str:
    """The name by which mentions are compared: as a reader sees it, whatever its tags, spaces and case."""
    return " ".join(html.unescape(TAG.sub(r"\g<name>", name)).split()).casefold()


def id_of(tag: re.Match[str]) -> str | None:
    """The id that a tag has, by which some clients number the mentions of a message."""
    found = _ID.search(tag["attributes"] or "")
    return found["id"] if found else None
