"""A text that grows in a terminal while it is streamed."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from .region import Region
from .rendering import Piece, Renderer, split


class GrowingText:
    """Shows a text block by block: those that are whole stay, and the last one is written anew as it grows."""

    def __init__(self, region: Region, renderer: Renderer, *, is_markdown: bool) -> None:
        self._region = region
        self._renderer = renderer
        self._is_markdown = is_markdown
        self._text = ""
        self._kept = 0  # characters whose blocks are whole
        self._has_gap = False  # above the last block

    def grow(self, text: str, *, is_shown: bool = True) -> None:
        """Take the text as it is now: as before, and more at its end. Unless `is_shown`, show only what is whole."""
        self._text = text
        if not self._is_markdown:
            return
        pieces = split(text[self._kept :])
        start = self._kept
        for piece, following in pairwise(pieces):
            self._draw(piece)
            self._region.leave()
            self._kept, self._has_gap = start + following.start, following.has_gap
        if pieces and is_shown:
            # A wider cell changes all lines of a table, so it does not outgrow the screen before it is whole.
            self._draw(pieces[-1], most_lines=self._region.rows if pieces[-1].is_table else None)

    def finish(self, sources: Iterable[str]) -> None:
        """Show all of the text, with its sources below it."""
        if self._is_markdown:
            for piece in split(self._text[self._kept :])[-1:]:
                self._draw(piece)
        elif self._text:
            self._region.draw(self._renderer.wrap(self._text, self._region.columns))
        self._region.leave()
        if lines := [line for source in sources for line in self._renderer.wrap(source, self._region.columns, "dim")]:
            self._region.draw(["", *lines])
            self._region.leave()

    def _draw(self, piece: Piece, most_lines: int | None = None) -> None:
        lines = self._renderer.render(piece, self._region.columns)
        gap: Sequence[str] = [""] if self._has_gap else []
        self._region.draw([*gap, *lines][:most_lines])
