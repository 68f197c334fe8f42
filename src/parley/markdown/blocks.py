"""Paragraphs and the beginnings of lines: what a renderer may see there."""

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import regex

from .links import DEFINITION
from .tokenizer import FENCE_OPENER, LONGEST_SPAN, Scanner

_PLAIN_LINE = re.compile(r"[^\s>:+*0-9`~<\[|-]")
_BLANK_LINES = regex.compile(r"(?:[ \t]*+(?:\r\n?+|\n))++")
_INDENT = re.compile(r" {4}|\t")

# A number, a `:` and the like may begin a list or a footnote, or do so for some renderers only.
_NUMBER = r"[0-9]{1,9}[.)]"
_MARK = rf"[ \t>:]|[-+*]|{_NUMBER}"
_CONTAINER = regex.compile(rf"[ \t]*+(?:[>:]|[-+*]\s|{_NUMBER}\s|\[\^)")
_ITEM = regex.compile(rf"( *+)((?:[-+*]|{_NUMBER}) {{1,4}}+)[^ \r\n]")
_DOUBTFUL_MARKS = regex.compile(rf"((?:{_MARK}|\[\^[^\]\r\n]*+\]:)*+)(?:```|~~~|(<)/?+[A-Za-z])")
_BRACKET_LINE = regex.compile(rf"(?:{_MARK})*+\[")
_INDENTED_LINE = regex.compile(rf"(?:{_MARK})*?(?: {{4}}|\t)")
_INDENTED_CODE = regex.compile(r"(?: {4}| {0,3}\t)[^\r\n]*+[\r\n]")
_TITLE_LINE = regex.compile(r"[ \t>]*+[\"'(]")
_DELIMITER_ROW = regex.compile(r"[ \t>]*+[-|:][-|: \t]*+[\r\n]")
# The rest of a line, and the beginning of the next if that is no delimiter row.
_NO_HEADER = regex.compile(r"[^\r\n]*+(?:\r\n?+|\n)(?:[ \t>]*+[\r\n]|[-|:> \t]*+[^-|:> \t\r\n])")


@dataclass
class Paragraph:
    """The lines since the last blank one, whatever blocks they are."""

    in_doubt: bool = False
    """True if renderers may pair the backticks from here on in different ways."""
    in_table: bool = False
    """True if it may be a table, whose cells some renderers tell apart before inline code."""
    may_define: bool = False
    """True if it may hold a definition, which some renderers read before inline code."""
    has_definition: bool = False
    """True after a definition: some renderers read any next line as its target or its title."""
    after_odd_line: bool = False
    """True if the blank line above it is indented, which is no blank line for some renderers."""
    pairs: dict[str, bool] = field(default_factory=dict[str, bool])
    """The marks of maths and struck text so far; True for one before inline code, which its pair may yet swallow."""

    def below_blank(self, blank_lines: str, above: "LinesAbove") -> "Paragraph":
        """Return the paragraph below the blank lines. Those that some renderers take for text do not end one."""
        is_odd = bool(_INDENT.search(blank_lines)) or (above.are_blank and self.after_odd_line)
        return replace(self, after_odd_line=True) if is_odd else Paragraph()


@dataclass
class LinesAbove:
    """The lines above the current one, as far as they decide what it may begin."""

    are_blank: bool = True
    """True if the last line is blank."""
    have_text: bool = False
    """False if all lines are blank: a client may strip them, and the indent of the next line with them."""
    in_container: bool = False
    """True if a list item, a quote or a footnote may be open."""
    item: regex.Match[str] | None = None
    """The line that began the last list item: its indent, and its marker with the spaces after it."""
    line_end: str = "\n"
    """The end of the last line."""


class LineStart(NamedTuple):
    """All that the beginning of a line may be. Renderers differ, so that several of these can be true."""

    blank: regex.Match[str] | None = None
    """Blank lines; then nothing else is read."""
    in_container: bool = False
    """True if the line may be in a list item, a quote or a footnote."""
    item: regex.Match[str] | None = None
    """The line that began the list item which the line is in."""
    opener: regex.Match[str] | None = None
    """The opener of a fenced code block."""
    needs_gap: bool = False
    """True if some renderers only see the block below a blank line."""
    code: regex.Match[str] | None = None
    """A whole line of indented code, for every renderer."""
    definition: regex.Match[str] | None = None
    title: regex.Match[str] | None = None
    """The beginning of a title, of the definition above."""
    marks: regex.Match[str] | None = None
    """Marks of list items and the like, with a fence or the `<` of HTML (group 2) after them."""
    is_indented: bool = False
    """True if the line may be indented code."""
    may_define: bool = False
    """True if the line may begin with a definition."""
    is_delimiter_row: bool = False
    """True if the line may be the row below the header of a table."""


def read_line_start(scanner: Scanner, above: LinesAbove, paragraph: Paragraph) -> LineStart:
    """Read the beginning of a line. Nothing is changed or taken."""
    if _PLAIN_LINE.match(scanner.text) and not paragraph.has_definition:
        in_container, item = _read_containers(scanner, above)
        return LineStart(in_container=in_container, item=item)
    if blank := scanner.match(_BLANK_LINES):
        return LineStart(blank)
    in_container, item = _read_containers(scanner, above)
    opener = scanner.match(FENCE_OPENER)
    if opener and "|" in opener.group(4) and (paragraph.in_table or may_be_header(scanner, opener.end() - 1)):
        opener = None
    may_begin_code = above.are_blank and above.have_text and not paragraph.after_odd_line and not in_container
    code = scanner.match(_INDENTED_CODE) if may_begin_code else None
    return LineStart(
        in_container=in_container,
        item=item,
        opener=opener,
        needs_gap=bool(opener) and not _is_block(opener, above, paragraph),
        code=code if code and code.end() <= LONGEST_SPAN else None,
        definition=scanner.match(DEFINITION),
        title=scanner.match(_TITLE_LINE) if paragraph.has_definition else None,
        marks=scanner.match(_DOUBTFUL_MARKS, or_overlong=True),
        is_indented=bool(scanner.match(_INDENTED_LINE)),
        may_define=bool(scanner.match(_BRACKET_LINE)),
        is_delimiter_row=bool(scanner.match(_DELIMITER_ROW, or_overlong=True)),
    )


def may_be_header(scanner: Scanner, end: int) -> bool:
    """True if the line, which is read up to `end`, may be the header of a table."""
    is_last = scanner.is_complete and not re.search("[\r\n]", scanner.text[end:-1])
    return not is_last and not scanner.match(_NO_HEADER, end)


def _read_containers(scanner: Scanner, above: LinesAbove) -> tuple[bool, regex.Match[str] | None]:
    if scanner.match(_CONTAINER):
        return True, scanner.match(_ITEM)
    is_outside = above.are_blank and scanner.text[0] not in " \t"
    # A line with less indent than the item's text may end the item, or continue its paragraph.
    is_in_item = above.item and scanner.text.startswith(" " * len("".join(above.item.groups())))
    return above.in_container and not is_outside, above.item if is_in_item else None


def _is_block(opener: regex.Match[str], above: LinesAbove, paragraph: Paragraph) -> bool:
    """True if every renderer sees a block begin here: at the top, in the last list item or in the one below it."""
    indent, marker = opener.group(1), opener.group(2) or ""
    if above.are_blank:
        return True
    if paragraph.has_definition:
        return False
    if not marker and indent in ("", " ", "  ", "   "):
        return True
    if not above.item or indent.strip(" "):
        return False
    item_indent, item_marker = above.item.groups()
    if marker:
        return indent == item_indent and marker.strip()[-1] == item_marker.strip()[-1]
    return 0 <= len(indent) - len(item_indent + item_marker) < 4
