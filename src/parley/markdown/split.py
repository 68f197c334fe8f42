"""Splits a text that is too long for one message. `SafeMarkdown` has made it safe, and its parts stay so."""

from bisect import bisect_right

import regex

from .tokenizer import BREAK, FENCE_OPENER, LONGEST_SPAN, SPAN, Fence, read_lines

LONGEST = 80_000
"""Bytes of UTF-16. Teams refuses messages of about 100 KB, the rest of the activity included, and recommends less than
80 (includes/agent-message-size-limit.md in MicrosoftDocs/msteams-docs)."""

_LINE_END = r"(?:\r?\n|\r(?=[^\n]))"
# From the best place for a cut to the worst. The last, between two characters of a user (`\X`), needs both in sight.
_BETWEEN_LINES = [regex.compile(rf"{_LINE_END}[ \t]*+{_LINE_END}"), regex.compile(_LINE_END)]
_IN_A_LINE = [
    regex.compile(place) for place in (r"[.!?…][\"')\]]*+[ \t]++|[\u3002\uff01\uff1f]", r"[ \t]++", r"\X(?=\X)")
]
_SPAN = regex.compile(SPAN)
# Marks that are harmless in code only.
_LIVE = regex.compile(r"<|!(?=\[)|\](?=[(:])")


def size(text: str) -> int:
    """Return the bytes of the text in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass"))


def head(text: str, limit: int = LONGEST) -> str:
    """Return as much of a growing text as may be shown: its first part will begin with that, whatever follows.

    A text above nine tenths of the limit is shown up to a line end, because a cut in a line may come anywhere.
    """
    shown = text[: _fitting(text, limit * 9 // 10)]
    return shown if shown == text else shown[: _line_start(shown, len(shown))]


def below(text: str, line: str) -> str:
    """Return the text with the line below it, outside of a code block that the text may have ended in."""
    if not text:
        return line
    fence = _open_fence(text, len(text))
    return f"{text}\n{fence.closing}\n\n{line}" if fence else f"{text}\n\n{line}"


def split(text: str, limit: int = LONGEST) -> list[str]:
    """Return the text in parts of at most `limit` bytes. Nothing is left out.

    A code block that is cut is closed, and opened again in the next part. On both sides of a cut in a line stands a
    `BREAK`: neither side is taken for a whole line, such as a fence or a definition.
    """
    parts: list[str] = []
    opening, fence, spare = "", None, limit // 20
    while size(opening + text[: limit // 2 + 1]) > limit:
        room = limit - size(opening) - spare
        cut = _best_cut(text, _fitting(text, room - spare), _fitting(text, room))
        fence = _open_fence(text, cut, fence, is_continued=opening.endswith(BREAK))
        if fence and size(f"{fence.opening}{fence.prefix}{BREAK}") > spare:
            fence = None  # never at `LONGEST`, because fences are bounded
        mark = "" if text[cut - 1] in "\r\n" else BREAK
        closing = f"{mark and '\n'}{fence.closing}" if fence else mark
        parts.append(f"{opening}{text[:cut]}{closing}")
        opening = f"{fence.opening}{mark and fence.prefix}{mark}" if fence else mark
        text = text[cut:] if fence else _resumed(text[cut:], is_continued=bool(mark))
    return [*parts, opening + text]


def _fitting(text: str, room: int) -> int:
    """Return how many characters of the text fit into `room` bytes."""
    ends = range(min(len(text), room // 2) + 1)
    return bisect_right(ends, room, key=lambda end: size(text[:end])) - 1


def _best_cut(text: str, start: int, end: int) -> int:
    for place in _BETWEEN_LINES:
        if cuts := [found.end() for found in place.finditer(text, start, end)]:
            return cuts[-1]
    spans = [found.span() for found in _SPAN.finditer(text, _line_start(text, start), end + LONGEST_SPAN)]
    inside = {at for first, last in spans if last - first <= LONGEST_SPAN for at in range(first + 1, last)}
    for place in _IN_A_LINE:
        if cuts := [found.end() for found in place.finditer(text, start, end) if found.end() not in inside]:
            return cuts[-1]
    return end


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _open_fence(text: str, end: int, fence: Fence | None = None, *, is_continued: bool = False) -> Fence | None:
    """Return the fence of the code block that is open at `end`."""
    for line in read_lines(text, fence, is_continued=is_continued):
        if line.start >= end:
            break
        fence = line.fence
    return fence


def _resumed(text: str, *, is_continued: bool) -> str:
    """Return the rest of a text, as safe at the beginning of a message as it was below the lines before it."""
    blank = _BETWEEN_LINES[0].search(text)
    first, rest = (text[: blank.start()], text[blank.start() :]) if blank else (text, "")
    if not is_continued and regex.match(r" {4}| {0,3}\t", first):  # indented code, unless the client strips the message
        first = _LIVE.sub(rf"\g<0>{BREAK}", first)
    for line in read_lines(first):
        opener = FENCE_OPENER.match(f"{line.text}\n")
        if opener and line.start and (opener[2] or len(opener[1]) > 3):
            return f"{first[: line.start]}\n{first[line.start :]}{rest}"
    return first + rest
