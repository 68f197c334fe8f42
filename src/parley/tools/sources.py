"""Where what a tool tells comes from, so that the answer can cite it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_LONGEST_URL = 2_000  # characters, about the longest that is in use


def is_web(url: str) -> bool:
    """Whether a person can be sent there: the web, and no other scheme."""
    return len(url) <= _LONGEST_URL and bool(_WEB.fullmatch(url))


@dataclass(frozen=True)
class Source:
    """A page or document on the web.

    Raises:
        ValueError: the URL is none of the web.
    """

    title: str
    url: str
    abstract: str = ""
    """What it says, in a sentence or two."""

    def __post_init__(self) -> None:
        if not is_web(self.url):
            raise ValueError("The URL of a source begins with http:// or https://.")


@dataclass(frozen=True)
class ToolResult:
    """What a tool returns when its text has sources."""

    text: str
    sources: Sequence[Source]

    def __str__(self) -> str:
        return self.text
