"""A text that grows in a terminal while it is streamed."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from .region import Region
from .rendering import Piece, Renderer, split

# The bot does its work between two drawings, in the same thread. This is how long it has, as a multiple of the time
# that the last drawing took: a long block of code takes more than the time between two steps of a stream.
_REST = 5


class GrowingText:
    """Shows a text block by block. Complete blocks stay; the last one is redrawn while it grows.

    Steps that come too soon after a slow drawing are not drawn: the next step shows them, or the end of the text.
    """

    def __init__(self, region: Region, renderer: Renderer, *, is_markdown: bool, clock: Callable[[], float]) -> None:
        self._region = region
        self._renderer = renderer
        self._is_markdown = is_markdown
        self._clock = clock
        self._next_drawing = 0.0  # the earliest time
        self._text = ""
        self._kept = 0  # characters whose blocks are whole
        self._has_gap = False  # above the last block

    def grow(self, text: str, *, is_shown: bool = True) -> None:
        """Take the text as it is now: as before, and more at its end. Unless `is_shown`, show only what is whole."""
        self._text = text
        if not self._is_markdown or (started := self._clock()) < self._next_drawing:
            return
        last = self._draw_whole_pieces()
        if last and is_shown:
            # A wider cell changes all lines of a table, so it does not outgrow the screen before it is whole.
            self._draw(last, most_lines=self._region.rows if last.is_table else None)
        ended = self._clock()
        self._next_drawing = ended + _REST * (ended - started)

    def finish(self, sources: Iterable[str]) -> None:
        """Show all of the text, with its sources below it."""
        if self._is_markdown:
            if last := self._draw_whole_pieces():
                self._draw(last)
        elif self._text:
            self._region.draw(self._renderer.wrap(self._text, self._region.columns))
        self._region.leave()
        if lines := [line for source in sources for line in self._renderer.wrap(source, self._region.columns, "dim")]:
            self._region.draw(["", *lines])
            self._region.leave()

    def _draw_whole_pieces(self) -> Piece | None:
        """Draw and keep the pieces that are whole. Return the one below them."""
        pieces = split(self._text[self._kept :])
        start = self._kept
        for piece, following in pairwise(pieces):
            self._draw(piece)
            self._region.leave()
            self._kept, self._has_gap = start + following.start, following.has_gap
        return pieces[-1] if pieces else None

    def _draw(self, piece: Piece, most_lines: int | None = None) -> None:
        lines = self._renderer.render(piece, self._region.columns)
        gap: Sequence[str] = [""] if self._has_gap else []
        self._region.draw([*gap, *lines][:most_lines])
