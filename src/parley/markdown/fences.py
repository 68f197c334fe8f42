"""Fenced code blocks: the line that begins one, and what its lines and its end look like."""

from typing import NamedTuple, Self

import regex

# Bounded, so that there is room in every message to close the block and to open it again.
OPENER = regex.compile(
    r"([ \t>]{0,99}+)((?:[-+*]|[0-9]{1,9}[.)]) {1,4}+)?+"
    r"(?|(`{3,99}+)([^`\r\n]{0,200}+)|(~{3,99}+)([^\r\n]{0,200}+))[\r\n]"
)


class Fence(NamedTuple):
    """The fence of a code block."""

    prefix: str
    """What the lines of the block begin with: the containers that the block is in."""
    run: str
    info: str
    is_top: bool
    """Whether the block is in no container: its lines may begin with anything."""

    @classmethod
    def opened_by(cls, line: regex.Match[str], *, in_container: bool) -> Self:
        """The fence of the line that matched `OPENER`."""
        prefix, marker, run, info = line.groups("")
        is_top = not marker and (not prefix or (not in_container and prefix in (" ", "  ", "   ")))
        return cls(prefix + " " * len(marker), run, info, is_top)

    @property
    def line(self) -> regex.Pattern[str]:
        """The beginning of a line that no renderer sees outside of the block. The space after a `>` is optional."""
        if self.is_top:
            return regex.compile("")
        prefix = self.prefix.replace("> ", ">").replace(">", "> ?+")
        return regex.compile(prefix if ">" in prefix else rf"{prefix}|[ \t]*+[\r\n]")

    @property
    def closer(self) -> regex.Pattern[str]:
        """A line that some renderer may see as the end of the block."""
        return regex.compile(rf"((?:[^\S\r\n]|>)*+){self.run[0]}{{{len(self.run)},}}+[`~]*+[^\S\r\n]*+[\r\n]")

    def is_code(self, closer: regex.Match[str]) -> bool:
        """Whether the line that matched `closer` is one of code by CommonMark: it is indented or quoted."""
        return self.is_top and not closer.partial and closer[1] not in ("", " ", "  ", "   ")

    @property
    def opening(self) -> str:
        return f"{self.prefix}{self.run}{self.info}\n"

    @property
    def closing(self) -> str:
        return f"{self.prefix}{self.run}"
