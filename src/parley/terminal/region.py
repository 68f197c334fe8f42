"""The lines at the end of a terminal that may still change."""

from collections.abc import Sequence

from prompt_toolkit.output import Output

from .rendering import width_of


class Region:
    """Lines that are replaced in place, from the first one that has changed, so that nothing flickers.

    A line that has left the screen at its top stays as it is.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lines: list[str] = []  # the cursor is at the end of the last one

    @property
    def columns(self) -> int:
        return self._output.get_size().columns

    @property
    def rows(self) -> int:
        """The most rows that can be replaced."""
        return self._output.get_size().rows

    def draw(self, lines: Sequence[str]) -> None:
        """Replace the lines of the region."""
        same = self._count_same(lines)
        changed, added = self._lines[same:], list(lines[same:])
        if len(changed) == 1 and added and added[0].startswith(changed[0]):
            added[0] = added[0].removeprefix(changed[0])  # a text grows at its end
        elif changed:
            self._erase(changed)
        elif same and added:
            added.insert(0, "")
        if changed or added:
            self._output.write_raw("\n".join(added))
            self._output.flush()
        self._lines[same:] = lines[same:]

    def leave(self) -> None:
        """Keep the lines, and begin a new region below them."""
        if self._lines:
            self._output.write_raw("\n")
            self._output.flush()
        self._lines = []

    def _count_same(self, lines: Sequence[str]) -> int:
        """Return the number of lines, from the first, that stay: unchanged ones, and those that cannot be replaced."""
        same = 0
        while same < min(len(lines), len(self._lines)) and lines[same] == self._lines[same]:
            same += 1
        if same == len(lines) < len(self._lines):
            same -= 1  # the cursor goes to the end of a line
        beyond, rows = len(self._lines), 0
        while beyond and (rows := rows + self._rows_of(self._lines[beyond - 1])) <= self.rows:
            beyond -= 1
        return max(same, beyond, 0)

    def _erase(self, lines: Sequence[str]) -> None:
        self._output.write_raw("\r")
        if (above := sum(map(self._rows_of, lines)) - 1) > 0:
            self._output.cursor_up(above)
        self._output.erase_down()

    def _rows_of(self, line: str) -> int:
        """Return the rows that a line takes, perhaps in a terminal that was made narrower."""
        return max(1, -(-width_of(line) // self.columns))
