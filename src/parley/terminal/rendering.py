"""Markdown as lines for a terminal, block by block."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, ListItem, Markdown, MarkdownElement
from rich.padding import Padding
from rich.segment import Segment
from rich.syntax import Syntax
from rich.text import Text
from rich.theme import Theme

# Characters that a terminal would obey instead of showing them. A user can make a model write escape sequences.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_LINE_END = re.compile(r"\r\n?")

# The colours are the terminal's own, so that they suit a light and a dark one.
_THEME = Theme(
    {
        "markdown.h1": "bold underline",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.h4": "bold",
        "markdown.h5": "bold",
        "markdown.h6": "bold",
        "markdown.code": "cyan",
        "markdown.item.bullet": "cyan",
        "markdown.item.number": "cyan",
        "markdown.block_quote": "dim",
        "markdown.hr": "dim",
        "markdown.link": "none",
        "markdown.link_url": "blue underline",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)

_CODE_THEME = "ansi_dark"  # in the terminal's own colours, too

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

# Spaces at the end of a line, perhaps styled.
_PADDING = re.compile(r"(?: |\x1b\[[0-9;]*m)*$")

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


def printable(text: str) -> str:
    """Return the text with the terminal's line ends, and without characters that it would obey."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", _LINE_END.sub("\n", text))


@dataclass(frozen=True)
class Piece:
    """A block of a text, or an item of a list. It is whole when the next one begins."""

    start: int
    """The place in the text."""
    tokens: list[Token]
    has_gap: bool
    """True if an empty line is above it; not between the items of a list without empty lines."""

    @property
    def is_table(self) -> bool:
        return self.tokens[0].type == "table_open"


def split(text: str) -> list[Piece]:
    """Split printable Markdown into its pieces."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    lines = text.split("\n")
    pieces: list[Piece] = []
    for block in _blocks(_MARKDOWN.parse(text)):
        for number, (first_line, tokens) in enumerate(_items(block)):
            has_gap = number == 0 or not lines[first_line - 1].strip()
            pieces.append(Piece(min(starts[first_line], len(text)), tokens, has_gap))
    return pieces


def _blocks(tokens: list[Token], level: int = 0) -> Iterator[list[Token]]:
    """Group the tokens by the elements of this level."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == level and token.nesting != 1:
            yield block
            block = []


def _items(block: list[Token]) -> Iterator[tuple[int, list[Token]]]:
    """Divide a list into lists of one item. Give each part of the block with its first line."""
    opening, closing = block[0], block[-1]
    if opening.type not in ("bullet_list_open", "ordered_list_open"):
        yield _first_line(opening), block
        return
    first = int(opening.attrs.get("start", 1))
    for number, item in enumerate(_blocks(block[1:-1], level=1), start=first):
        yield _first_line(item[0]), [opening.copy(attrs={"start": number}), *item, closing]


def _first_line(token: Token) -> int:
    return token.map[0] if token.map else 0


def width_of(line: str) -> int:
    """Return the columns that a rendered line takes."""
    return cell_len(_ESCAPE.sub("", line))


class Renderer:
    """Renders pieces of Markdown as lines, wrapped at words, with escape sequences for their styles if it has any."""

    def __init__(self, *, has_styles: bool) -> None:
        self._console = Console(
            file=io.StringIO(),
            force_terminal=has_styles,
            color_system="auto" if has_styles else None,
            theme=_THEME,
            legacy_windows=False,
            highlight=False,
        )

    def render(self, piece: Piece, width: int) -> list[str]:
        """Return the lines of a piece."""
        document = _Document("", code_theme=_CODE_THEME, hyperlinks=False)
        document.parsed = list(_presentable(piece.tokens))
        lines = self._lines(document, width)
        shown = [place for place, line in enumerate(lines) if _ESCAPE.sub("", line)]
        return lines[shown[0] : shown[-1] + 1] if shown else []

    def wrap(self, text: str, width: int, style: str = "") -> list[str]:
        """Return the lines of a printable text without Markdown."""
        return self._lines(Text(text, style), width)

    def _lines(self, content: Markdown | Text, width: int) -> list[str]:
        with self._console.capture() as written:
            self._console.print(content, width=width)
        return [_without_padding(line) for line in written.get().removesuffix("\n").split("\n")]


def _presentable(tokens: list[Token]) -> Iterator[Token]:
    """Make the tokens printable: an entity may stand for any character. A line break in the text stays one."""
    for token in tokens:
        attributes = {
            name: printable(value) if isinstance(value, str) else value for name, value in token.attrs.items()
        }
        type = "hardbreak" if token.type == "softbreak" else token.type
        children = list(_presentable(_without_named_links(token.children))) if token.children else token.children
        yield token.copy(type=type, content=printable(token.content), attrs=attributes, children=children)


def _without_named_links(tokens: list[Token]) -> list[Token]:
    """Leave out the links whose text is their address: it is shown anyway."""
    named = {
        place + offset
        for place, (opening, text, closing) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False))
        if opening.type == "link_open" and closing.type == "link_close" and opening.attrs.get("href") == text.content
        for offset in (0, 2)
    }
    return [token for place, token in enumerate(tokens) if place not in named]


def _without_padding(line: str) -> str:
    padding = _PADDING.search(line)
    assert padding
    return line[: padding.start()] + ("\x1b[0m" if "\x1b" in padding[0] else "")


class _Heading(Heading):
    """A heading at the left, whatever its level."""

    LEVEL_ALIGN = dict.fromkeys(Heading.LEVEL_ALIGN, "left")


class _CodeBlock(CodeBlock):
    """Indented code without a background."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = self.text.plain.rstrip()
        syntax = Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, background_color="default")
        yield Padding(syntax, (0, 0, 0, 2))


class _ListItem(ListItem):
    """An item of a list, whose number has a dot."""

    def render_number(self, console: Console, options: ConsoleOptions, number: int, last_number: int) -> RenderResult:
        numeral = f" {number}. "
        lines = console.render_lines(self.elements, options.update(width=options.max_width - len(numeral)))
        for place, line in enumerate(lines):
            yield Segment(" " * len(numeral) if place else numeral, console.get_style("markdown.item.number"))
            yield from line
            yield Segment.line()


class _Document(Markdown):
    """Markdown in a plain look."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = Markdown.elements | {
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
        "list_item_open": _ListItem,
    }
