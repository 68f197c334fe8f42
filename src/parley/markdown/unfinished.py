"""The end of a text that still grows: the part that looks finished, and the closing of what stays open.

`SafeMarkdown` has made the text safe. Each step of a stream begins with the text of the step before it, so a mark that
is not closed yet cannot be closed for display: the text from there on is held back.
"""

from itertools import pairwise
from typing import NamedTuple

import regex

from .links import LINK_TARGET
from .tokenizer import BREAK, LIST_MARK, SPAN, Line, read_lines

MOST_HELD = 300
"""Characters that are held back at most, about three seconds of a model. A mark that stays open for longer is text."""

# Characters of a paragraph that are read. A mark before them has been open for too long.
_MOST_READ = 2_000

_MARK = regex.compile(rf"{SPAN}|{LINK_TARGET.pattern}|(?P<mark>\*++|_++|~~|\$\$?+|[\[\]|])")

# The beginning of a line on which no mark of the line above is closed.
_BLOCK_START = regex.compile(rf"[ \t>]*+(?:{LIST_MARK}[ \t]|#{{1,6}}[ \t]|\|)")
_HEADING = regex.compile(r"[ \t>]*+#{1,6}[ \t]")
# A line without a word yet would show as an empty item or a rule, or would make a heading of the line above.
_WORDLESS = regex.compile(
    rf"(?:[ \t>#*_=:`~+-]|{LIST_MARK}|[0-9]{{1,9}}\Z)*+(?:\[[ xX]?+\]?+[ \t]*+)?+|[ \t>]*+\|[-:| \t]*+"
)
_DELIMITER_ROW = regex.compile(r"[ \t>]*+[-|:][-|: \t]*+")

_LAST_SPACE = regex.compile(r"(?r)\s")
_SENTENCE_END = regex.compile(r"\p{L}[.!?…]\Z")
# A character of a script without spaces between words, or an emoji.
_CHARACTER_AS_WORD = regex.compile(r"(?V1)(?=[[\p{ea=W}\p{ea=F}\p{lb=SA}]--\p{Hangul}])\X(?=\X)")
_HALF_CHARACTER = regex.compile(r"(?:\X(?<=\u200d)|(?<!\p{RI})(?:\p{RI}{2})*+\K\p{RI})\Z")


def finished(text: str, *, is_paused: bool = False) -> str:
    """Return as much of a growing text as looks finished: up to the end of a word, without open marks.

    While the text is paused, its last word is taken for a whole one.
    """
    block, oldest = _last_block(text), len(text) - MOST_HELD
    row = _held_row(block)
    end = _word_end(text, row.start if row and row.start >= oldest else len(text), is_paused=is_paused)
    while marks := _open_marks(block, end, oldest):
        end = _word_end(text, marks[0].at)
    shown = text[: _wordless_from(text[:end], block)]
    return shown if shown.replace(BREAK, "").strip() else ""


def closed(text: str) -> str:
    """Return a text that has ended too early, without dangling marks. It begins with all that `finished` returned."""
    block = _last_block(text)
    marks = _open_marks(block, len(text), len(text) - MOST_HELD)
    text = text[: _wordless_from(text, block)]
    for at, mark in reversed(marks):
        inside = text[at + len(mark) :].rstrip()
        if not inside:
            text = text[:at]
        elif mark == "[":
            text = f"{text[:at]}{BREAK}{inside}"
        else:
            text = f"{text[:at]}{mark}{inside}{mark}"
    return text


class _OpenMark(NamedTuple):
    at: int
    mark: str


def _last_block(text: str) -> list[Line]:
    """Return the lines of the last code block, or those since the last blank line or code block."""
    block: list[Line] = []
    for line in read_lines(text):
        if block and (line.is_code != block[-1].is_code or (not line.is_code and line.is_blank)):
            block.clear()
        block.append(line)
    return block


def _held_row(block: list[Line]) -> Line | None:
    """Return the row from which on a table is not to be shown yet."""
    if not block or block[-1].is_code:
        return None
    last, above = block[-1], block[-2] if len(block) > 1 else None
    in_table = any("|" in header.text and _is_delimiter_row(row) for header, row in pairwise(block))
    may_be_delimiter_row = not last.is_complete and _DELIMITER_ROW.fullmatch(last.text, partial=True)
    if in_table:
        return last if _has_bar(last) and not last.is_complete else None
    if above and may_be_delimiter_row and _has_bar(above):
        return above
    return last if _has_bar(last) else None  # it may be the header of a table


def _is_delimiter_row(line: Line) -> bool:
    return line.is_complete and bool(_DELIMITER_ROW.fullmatch(line.text.rstrip("\r\n")))


def _has_bar(line: Line) -> bool:
    return any(found["mark"] == "|" for found in _MARK.finditer(line.text, max(0, len(line.text) - _MOST_READ)))


def _open_marks(block: list[Line], end: int, oldest: int) -> list[_OpenMark]:
    """Return the marks of a paragraph that are not closed before `end`, the `oldest` and later ones."""
    marks: list[_OpenMark] = []
    for line in block:
        first, last = max(0, end - _MOST_READ - line.start), end - line.start
        if line.is_code or first >= len(line.text) or last <= 0:
            continue
        if _BLOCK_START.match(line.text):
            marks.clear()
        for found in _MARK.finditer(line.text, first, last):
            _open_or_close(found, line, marks)
        if line.is_complete and last >= len(line.text):
            marks = [] if _HEADING.match(line.text) else [mark for mark in marks if mark.mark[0] != "`"]
    return [mark for mark in marks if mark.at >= oldest]


def _open_or_close(found: regex.Match[str], line: Line, marks: list[_OpenMark]) -> None:
    """Add the mark to the open marks, or remove those that it closes."""
    text, at = found[0], line.start + found.start()
    before, after = line.text[found.start() - 1 : found.start()] or " ", line.text[found.end() : found.end() + 1]
    match text[0]:
        case "`":
            if not found["code"]:
                marks.append(_OpenMark(at, text))
        case "[":
            if not after.isspace():
                marks.append(_OpenMark(at, text))
        case "]":
            if len(text) > 1 or after != "(":  # else its target is not whole
                _close("[", marks)
        case "*" | "_" | "~" | "$":
            left = _close(text, marks) if _may_close(text, before, after) else text
            if left and _may_open(text, before, after):
                marks.append(_OpenMark(at + len(text) - len(left), left))
        case _:
            pass


def _may_close(mark: str, before: str, after: str) -> bool:
    if mark == "$$":
        return True
    return not before.isspace() and not (mark[0] == "_" and after.isalnum()) and not (mark == "$" and after.isdigit())


def _may_open(mark: str, before: str, after: str) -> bool:
    match mark[0]:
        case "$" if mark == "$":
            return not (after.isspace() or after.isdigit() or before.isalnum())  # no price
        case "$":
            return True
        case "_":
            return not (after.isspace() or before.isalnum())
        case _:
            return not (after.isspace() or (before.isdigit() and after.isdigit()))


def _close(mark: str, marks: list[_OpenMark]) -> str:
    """Remove the open marks that `mark` closes, with those inside them. Return the part of it that closes none."""
    while mark and (same := [index for index, each in enumerate(marks) if each.mark[0] == mark[0]]):
        opened = marks[same[-1]]
        del marks[same[-1] :]
        if left := opened.mark[len(mark) :]:
            marks.append(_OpenMark(opened.at, left))
        mark = mark[len(opened.mark) :]
    return mark


def _word_end(text: str, end: int, *, is_paused: bool = False) -> int:
    """Return the end of the last whole word before `end`; a word that is too long ends at any character."""
    oldest = max(0, end - MOST_HELD)
    space = _LAST_SPACE.search(text, oldest, end)
    if (end == len(text) and (is_paused or _SENTENCE_END.search(text, oldest))) or (oldest and not space):
        half = _HALF_CHARACTER.search(text, oldest, end)
        return half.start() if half else end
    start = space.end() if space else oldest
    ends = [found.end() for found in _CHARACTER_AS_WORD.finditer(text, start, end + MOST_HELD) if found.end() <= end]
    return ends[-1] if ends else start


def _wordless_from(text: str, block: list[Line]) -> int:
    """Return where the last line begins if it has no word yet, or the code block that it opens; else the end."""
    end = len(text)
    start = max(text.rfind("\n"), text.rfind("\r")) + 1
    if end - start <= MOST_HELD and _WORDLESS.fullmatch(text, start):
        end = start
    lines = [line for line in block if line.start < end]
    begins_code = lines and lines[-1].fence and not (len(lines) > 1 and lines[-2].fence)
    return lines[-1].start if begins_code else end
