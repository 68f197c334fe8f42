"""The Markdown that this package reads alike everywhere: lines, fenced code blocks, inline code, escapes and images.

`SafeMarkdown` reads the text of a model, chunk by chunk. `split` and the citations read the text that it has made safe,
in which all renderers see the same tokens.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple, Self

import regex

LONGEST_HELD = 2_000
"""The most characters that are held back until they are decided: about the longest URL in use."""

LONGEST_SPAN = 1_000
"""The most characters of inline code, of an image, and of an indented line of code. Anything longer is text."""

BREAK = "\N{ZERO WIDTH SPACE}"
"""Invisible. It stands where something was broken up, removed or cut, so that nothing new arises there."""

ESCAPE = r"\\[!-/:-@\[-`{-~]"

CODE_SPAN = r"(?P<run>`++)(?P<code>[^`\r\n]++(?:`++[^`\r\n]++)*?)(?P=run)"
"""Inline code, if no backtick follows. Renderers differ on code that goes on in the next line: it is none here."""

# The target of an image, with a title that may hold brackets.
_IMAGE = r"""!\[[^\[\]\r\n]*+\]\((?:[^()"'\r\n]++|"[^"\r\n]*+"|'[^'\r\n]*+'|\([^()\r\n]*+\))*+\)"""

SPAN = rf"{ESCAPE}|{CODE_SPAN}(?!`)|`++|{_IMAGE}"
"""The parts of a line that are only safe as a whole, and hold no other marks."""

LIST_MARK = r"(?:[-+*]|[0-9]{1,9}[.)])"

# Bounded, so that every message has room to close the block and to open it again.
FENCE_OPENER = regex.compile(
    rf"([ \t>]{{0,99}}+)({LIST_MARK} {{1,4}}+)?+"
    r"(?|(`{3,99}+)([^`\r\n]{0,200}+)|(~{3,99}+)([^\r\n]{0,200}+))[\r\n]"
)

_LINE = regex.compile(r"[^\r\n]++(?:\r\n?+|\n)?+|\r\n?+|\n")


class UndecidedError(Exception):
    """More text has to come before the next piece can be decided."""


class Scanner:
    """Reads a text that arrives in pieces.

    A pattern must match the same however much more text comes: it ends with a character that decides, or it cannot be
    longer. Its repetitions are possessive (`*+`), so that no text takes more than linear time.
    """

    def __init__(self) -> None:
        self.text = ""
        """The text that is not taken yet."""
        self.is_complete = False
        """True if no more text comes."""

    def pieces(self, chunk: str, next_piece: Callable[[], str]) -> Iterator[str]:
        """Add a chunk, and read piece after piece with `next_piece`, until more text decides about the next one."""
        self.text += chunk
        with suppress(UndecidedError):
            while self.text:
                yield next_piece()

    def match(
        self, pattern: regex.Pattern[str], start: int = 0, *, or_overlong: bool = False
    ) -> regex.Match[str] | None:
        """Match the text from `start`. A match longer than `LONGEST_HELD` is None, or partial with `or_overlong`.

        Raises:
            UndecidedError: more text decides.
        """
        # A "\r" at the end may be the first half of a line end.
        end = min(len(self.text) - self.text.endswith("\r"), LONGEST_HELD)
        is_full = end == LONGEST_HELD
        found = pattern.match(self.text, start, end, partial=is_full or not self.is_complete)
        if found and found.partial:
            if not is_full:
                raise UndecidedError
            return found if or_overlong else None
        return found

    def take(self, length: int) -> str:
        """Remove so many characters of the text, and return them."""
        taken, self.text = self.text[:length], self.text[length:]
        return taken

    def replace(self, length: int, replacement: str) -> str:
        """Remove so many characters of the text, and return the replacement."""
        self.text = self.text[length:]
        return replacement


class Fence(NamedTuple):
    """The fence of a code block."""

    prefix: str
    """The beginning of each line of the block: the marks and the indent of its list items and quotes."""
    run: str
    info: str
    is_top: bool
    """True if the block is in no list item or quote: its lines may begin with anything."""

    @classmethod
    def opened_by(cls, opener: regex.Match[str], *, in_container: bool) -> Self:
        """Return the fence of a line that matches `FENCE_OPENER`."""
        prefix, marker, run, info = opener.groups("")
        is_top = not marker and (not prefix or (not in_container and prefix in (" ", "  ", "   ")))
        return cls(prefix + " " * len(marker), run, info, is_top)

    @property
    def line(self) -> regex.Pattern[str]:
        """Matches the beginning of a line that all renderers see in the block. The space after a `>` is optional."""
        if self.is_top:
            return regex.compile("")
        prefix = self.prefix.replace("> ", ">").replace(">", "> ?+")
        return regex.compile(prefix if ">" in prefix else rf"{prefix}|[ \t]*+[\r\n]")

    @property
    def closer(self) -> regex.Pattern[str]:
        """Matches a line that a renderer may see as the end of the block."""
        return regex.compile(rf"((?:[^\S\r\n]|>)*+){self.run[0]}{{{len(self.run)},}}+[`~]*+[^\S\r\n]*+[\r\n]")

    def is_code(self, closer: regex.Match[str]) -> bool:
        """True if a line that matches `closer` is code by CommonMark, because it is indented or quoted."""
        return self.is_top and not closer.partial and closer[1] not in ("", " ", "  ", "   ")

    @property
    def opening(self) -> str:
        return f"{self.prefix}{self.run}{self.info}\n"

    @property
    def closing(self) -> str:
        return f"{self.prefix}{self.run}"


class Line(NamedTuple):
    """A line of a safe text, with its line end."""

    start: int
    text: str
    is_code: bool
    """True in a fenced code block, its first and last line included."""
    fence: Fence | None
    """The fence of the code block that is open at the end of the line."""

    @property
    def is_complete(self) -> bool:
        """True if the line has its end. One without may go on, if the text still grows."""
        return self.text[-1] in "\r\n"

    @property
    def is_blank(self) -> bool:
        """True if the line holds only spaces, and no text can follow them."""
        return self.is_complete and self.text.isspace()


def read_lines(text: str, fence: Fence | None = None, *, is_continued: bool = False) -> Iterator[Line]:
    """Yield the lines of a safe text. It may begin within a code block, and `is_continued` within a line."""
    for found in _LINE.finditer(text):
        is_code = fence is not None
        if is_continued:
            is_continued = False
        elif fence:
            fence = None if found[0].rstrip("\r\n") == fence.closing else fence
        elif opener := FENCE_OPENER.match(text, found.start()):
            is_code, fence = True, Fence.opened_by(opener, in_container=False)
        yield Line(found.start(), found[0], is_code, fence)
