"""Splits an answer that is too long for one message. It was made safe before, and its parts stay so."""

from bisect import bisect_right

import regex

from .fences import OPENER, Fence
from .safe import UNCUT

LONGEST = 80_000
"""Bytes of UTF-16. Teams refuses messages of about 100 KB, the rest of the activity included, and advises to stay under
80 (includes/agent-message-size-limit.md in MicrosoftDocs/msteams-docs)."""

_LINE_END = r"(?:\r?\n|\r(?=[^\n]))"
_LINE = regex.compile(r"[^\r\n]*+(?:\r\n?+|\n)?+")
# From the best place for a cut to the worst. A character of several (`\X`) may go on after the last that is in sight.
_BETWEEN_LINES = [regex.compile(rf"{_LINE_END}[ \t]*+{_LINE_END}"), regex.compile(_LINE_END)]
_IN_A_LINE = [
    regex.compile(place) for place in (r"[.!?…][\"')\]]*+[ \t]++|[\u3002\uff01\uff1f]", r"[ \t]++", r"\X(?=\X)")
]
# What is safe as a whole only: an escape, inline code, an image.
_WHOLE = regex.compile(r"\\.|(`++)[^`\r\n]++(?:`++[^`\r\n]++)*?\1(?!`)|`++|!\[[^\[\]\r\n]*+\]\([^()\r\n]*+\)")

_LIVE = regex.compile(r"<|!(?=\[)|\](?=[(:])")

# Invisible, on both sides of a cut in a line: neither is taken for a whole line, such as a fence or a definition.
_CUT = "\N{ZERO WIDTH SPACE}"


def size(text: str) -> int:
    """Bytes of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass"))


def head(text: str, limit: int = LONGEST) -> str:
    """As much of a growing text as may be shown: the first part begins with it, whatever follows.

    A text that outgrows it is cut at a line end: anything else could be safe as a whole only.
    """
    shown = text[: _fitting(text, limit * 9 // 10)]
    return shown if shown == text else shown[: _line_start(shown, len(shown))]


def below(text: str, line: str) -> str:
    """The line, below the text if there is any, and outside of the code block that the text may have ended in."""
    if not text:
        return line
    fence = _fence_at(len(text), text, None, in_line=False, longest=len(text) * 4)
    return f"{text}\n{fence.closing}\n\n{line}" if fence else f"{text}\n\n{line}"


def split(text: str, limit: int = LONGEST) -> list[str]:
    """The text in parts of at most `limit` bytes; a text that fits is one.

    A code block that is cut is closed, and opened again in the next part. Nothing is left out.
    """
    parts: list[str] = []
    opening, fence, spare = "", None, limit // 20
    while size(opening + text[: limit // 2 + 1]) > limit:
        room = limit - size(opening) - spare
        cut = _best_cut(text, _fitting(text, room - spare), _fitting(text, room))
        fence = _fence_at(cut, text, fence, in_line=opening.endswith(_CUT), longest=spare)
        mark = "" if text[cut - 1] in "\r\n" else _CUT
        closing = f"{mark and '\n'}{fence.closing}" if fence else mark
        parts.append(f"{opening}{text[:cut]}{closing}")
        opening = f"{fence.opening}{mark and fence.prefix}{mark}" if fence else mark
        text = text[cut:] if fence else _resumed(text[cut:], in_line=bool(mark))
    return [*parts, opening + text]


def _fitting(text: str, room: int) -> int:
    """How much of the text fits in so many bytes."""
    ends = range(min(len(text), room // 2) + 1)
    return bisect_right(ends, room, key=lambda end: size(text[:end])) - 1


def _best_cut(text: str, start: int, end: int) -> int:
    for place in _BETWEEN_LINES:
        if cuts := [found.end() for found in place.finditer(text, start, end)]:
            return cuts[-1]
    wholes = [found.span() for found in _WHOLE.finditer(text, _line_start(text, start), end + UNCUT)]
    inside = {at for first, last in wholes if last - first <= UNCUT for at in range(first + 1, last)}
    for place in _IN_A_LINE:
        if cuts := [found.end() for found in place.finditer(text, start, end) if found.end() not in inside]:
            return cuts[-1]
    return end


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _resumed(text: str, in_line: bool) -> str:
    """The rest of a text, as safe at the beginning of a message as it was below the lines before it."""
    blank = _BETWEEN_LINES[0].search(text)
    first, rest = (text[: blank.start()], text[blank.start() :]) if blank else (text, "")
    if not in_line and regex.match(r" {4}| {0,3}\t", first):  # indented code, unless the client strips the message
        first = _LIVE.sub(rf"\g<0>{_CUT}", first)
    for line in _LINE.finditer(first):
        opener = OPENER.match(f"{first}\n", line.start())
        if opener and line.start() and (opener[2] or len(opener[1]) > 3):
            return f"{first[: line.start()]}\n{first[line.start() :]}{rest}"
    return first + rest


def _fence_at(cut: int, text: str, fence: Fence | None, in_line: bool, longest: int) -> Fence | None:
    """The fence of the code block that is cut. One that takes more than `longest` bytes cannot be opened again."""
    for line in _LINE.finditer(text):
        if line.start() >= cut:
            break
        if in_line:  # the rest of one
            in_line = False
        elif fence:
            fence = None if line[0].rstrip("\r\n") == fence.closing else fence
        elif opener := OPENER.match(text, line.start()):
            opened = Fence.opened_by(opener, in_container=False)
            fence = opened if size(f"{opened.opening}{opened.prefix}{_CUT}") <= longest else None
    return fence
