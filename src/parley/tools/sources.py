"""Sources of a tool's result, which the answer can cite."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_LONGEST_URL = 2_000  # characters


def is_web(url: str) -> bool:
    """True for a URL that a user can open: http or https, of reasonable length."""
    return len(url) <= _LONGEST_URL and bool(_WEB.fullmatch(url))


@dataclass(frozen=True)
class Source:
    """A page or document on the web.

    Raises:
        ValueError: The URL is not http or https, or too long.
    """

    title: str
    url: str
    abstract: str = ""
    """A summary of one or two sentences."""

    def __post_init__(self) -> None:
        if not is_web(self.url):
            raise ValueError("The URL of a source begins with http:// or https://.")


@dataclass(frozen=True)
class ToolResult:
    """The result of a tool whose text has sources."""

    text: str
    sources: Sequence[Source]

    def __str__(self) -> str:
        return self.text
