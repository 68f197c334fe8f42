"""Tables for clients that show none: each row becomes an item of a list."""

import re
from itertools import zip_longest

import regex

from .safe import SafeMarkdown
from .tokenizer import FENCE_OPENER, LIST_MARK, LONGEST_HELD, Fence, Scanner

_LINE_END = r"(?:\r\n?+|\n)"
_MARGIN = r"[ \t>]*+"
# The first cell of a row that begins without a bar, and begins no other block. Text below a table is held for so long.
_FIRST_CELL = rf"(?!{LIST_MARK}\s|#{{1,6}}\s|```|~~~|[|\r\n])(?:[^\\|\r\n]|\\[^\r\n]){{1,80}}+(?=\|)"
_ROW = regex.compile(rf"({_MARGIN})(?|\|([^\r\n]*+)|({_FIRST_CELL}[^\r\n]*+))({_LINE_END})")
_TABLE = regex.compile(
    rf"({_MARGIN}(?:{LIST_MARK} {{1,4}}+)?+)\|([^\r\n]*+){_LINE_END}{_MARGIN}(\|?+)([-:| \t]*+){_LINE_END}"
)
_REST_OF_LINE = re.compile(r"[^\r\n]*+[\r\n]?+")

_DELIMITER = re.compile(r":?-+:?")
_BAR = re.compile(r"(?<!\\)\|")
_ROW_BREAK = re.compile(r"\s*<br ?/?>\s*", re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*]+)\*\*|__([^_]+)__")


class TablesAsLists:
    """Makes lists of the tables in a text that comes in chunks, and the text safe: call `feed` for each chunk, then
    `close`.

    The row `| Basic | $5 | 10 |` becomes `- **Basic** · Price: $5 · Users: 10`, which a phone shows as well.
    """

    def __init__(self, safe_markdown: SafeMarkdown) -> None:
        self._safe_markdown = safe_markdown
        self._input = Scanner()
        self._fence: Fence | None = None  # of the current code block
        self._header: list[str] | None = None  # the cells of the current table's header
        self._has_rows = False
        self._marker = ""  # of the list item that the table begins, until its first row; with the margin before it
        self._is_in_line = False

    def feed(self, chunk: str) -> str:
        """Return the further text that is safe to show."""
        pieces = [chunk[at : at + LONGEST_HELD] for at in range(0, len(chunk), LONGEST_HELD)]
        return self._safe_markdown.feed("".join(self._advance(piece) for piece in pieces))

    def close(self, *, is_cut_off: bool = False) -> str:
        """Return the rest of the safe text, which was held back until now."""
        rest = ""
        if not self._input.is_complete:
            self._input.is_complete = True
            rest = (self._advance("\n") + self._end_table()).removesuffix("\n")
        return self._safe_markdown.feed(rest) + self._safe_markdown.close(is_cut_off=is_cut_off)

    def _advance(self, chunk: str) -> str:
        return "".join(self._input.pieces(chunk, self._next_piece))

    def _next_piece(self) -> str:
        """Take the next piece of the text, and return it without tables. If it is undecided, nothing has changed."""
        if self._is_in_line:
            return self._rest_of_line()
        if self._fence:
            return self._code_line(self._fence)
        if self._header is not None:
            row = self._input.match(_ROW)
            return self._row(row, self._header) if row else self._end_table()
        if opener := self._input.match(FENCE_OPENER):
            self._fence = Fence.opened_by(opener, in_container=False)
        elif (table := self._input.match(_TABLE)) and _is_header(table):
            self._header, self._has_rows = _cells(table[2]), False
            self._marker = table[1] if table[1].strip(" \t>") else ""
            self._input.take(table.end())
            return ""
        return self._rest_of_line()

    def _rest_of_line(self) -> str:
        rest = _REST_OF_LINE.match(self._input.text)
        assert rest
        self._is_in_line = rest[0][-1:] not in ("\r", "\n")
        return self._input.take(rest.end())

    def _code_line(self, fence: Fence) -> str:
        closer = self._input.match(fence.closer, or_overlong=True)
        if closer and not closer.partial and not fence.is_code(closer):
            self._fence = None
        elif not self._input.match(fence.line):
            self._fence = None
            return ""
        return self._rest_of_line()

    def _row(self, row: regex.Match[str], header: list[str]) -> str:
        self._has_rows = True
        item = _item(header, _cells(row[2]))
        self._input.take(row.end())
        if not item:
            return ""
        margin, self._marker = self._marker or row[1], ""
        return f"{margin}- {item}{row[3]}"

    def _end_table(self) -> str:
        """Return what the end of the table leaves: its header if it had no rows, and a gap to text below the list."""
        header = "" if self._has_rows or not self._header else f"{self._marker}- {' · '.join(self._header)}\n"
        gap = "\n" if self._header and self._input.text[:1] not in ("", "\r", "\n") else ""
        self._header = None
        return header + gap


def _is_header(table: regex.Match[str]) -> bool:
    delimiters = _cells(table[4])
    if not table[3] and len(delimiters) == 1:
        return False  # it underlines a heading
    return len(delimiters) == len(_cells(table[2])) and all(_DELIMITER.fullmatch(cell) for cell in delimiters)


def _cells(row: str) -> list[str]:
    """Return the texts of the cells of a row, without its first bar."""
    cells = [_ROW_BREAK.sub("; ", cell).replace("\\|", "|").strip() for cell in _BAR.split(row.rstrip())]
    return cells if cells[-1] or len(cells) == 1 else cells[:-1]


def _item(header: list[str], cells: list[str]) -> str:
    """Return a row as one line: the first cell in bold, then each other cell with the header of its column."""
    label, *others = cells
    if others and label and not re.search(r"[*\\]", label):
        label = f"**{label}**"
    names = [_BOLD.sub(r"\1\2", name).removesuffix(":") for name in header[1:]]
    values = [f"{name}: {cell}" if name else cell for name, cell in zip_longest(names, others, fillvalue="") if cell]
    return " · ".join([label, *values] if label else values)
