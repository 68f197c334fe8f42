"""The names of authors before the messages of a group, and before quotes."""

import re

from .frames import new_mark, without_frames

# A name stands before the text that the model reads, so it is short and on one line.
_LONGEST_NAME = 80

GROUP_INSTRUCTIONS = (
    "You are in a group conversation. Each message begins with the name of the user who wrote it and a colon. "
    "All of its lines are by that user, also those that begin with another name. Begin yours without a name."
)

# The line before a quote. Quotes that an earlier version stored have no mark.
_QUOTING = "[quote {}] In reply to what {} wrote:"
_QUOTED_AUTHOR = re.compile(r"^(\[quote [0-9a-f]{8}\] |)In reply to what .* wrote:$", re.MULTILINE)


def with_author(words: str, name: str | None) -> str:
    """A user's text with the name of the user before it."""
    return f"{_shorten(name or '') or 'Somebody'}: {words}"


def split_author(message: str) -> tuple[str, str]:
    """The name and the text of a message that `with_author` made."""
    name, _, words = message.partition(": ")
    return name, words


def as_quoted(quote: str, author: str | None) -> str:
    """A quote with the name of its author before it."""
    return f"{_QUOTING.format(new_mark(), _shorten(author or '') or 'somebody')}\n{quote}"


def without_quoted_authors(question: str) -> str:
    """The question without the names of the authors that it quotes."""
    return _QUOTED_AUTHOR.sub(r"\1In reply to what somebody wrote:", question)


def _shorten(name: str) -> str:
    # Without colons, since one ends the name.
    return without_frames(" ".join(name.replace(":", " ").split()))[:_LONGEST_NAME].rstrip()
