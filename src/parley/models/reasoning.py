"""Reasoning that a model writes into the text of its answer, between `<think>` and `</think>`.

Servers that know their model send its reasoning apart from the answer. Other servers send both as text, some of them
without the opening tag, which their template put into the prompt. Tags in code, and tags that a sentence is about, are
text of the answer.
"""

import re
from enum import Enum, auto

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think")
_TAGS = [
    *(f"<{slash}{name}>" for name in _NAMES for slash in ("", "/")),
    *("[think]", "[/think]", "◁think▷", "◁/think▷"),
]
_TAG = re.compile("|".join(re.escape(tag) for tag in _TAGS), re.IGNORECASE)
_BEGINNINGS = frozenset(tag[:length] for tag in _TAGS for length in range(1, len(tag)))
_LONGEST = max(len(tag) for tag in _TAGS)

# Models whose templates are known to open the reasoning in the prompt.
_THINKERS = re.compile(r"deepseek-?r1|qwq|thinking", re.IGNORECASE)

# The words with which such models mostly begin to think.
_OPENINGS = (
    *("okay, ", "ok, ", "alright, ", "hmm", "got it, ", "let me ", "let's ", "first, ", "the user ", "the person "),
    *("we need to ", "we have to ", "we are asked ", "嗯", "好的\uff0c", "首先"),
)

# The characters before a tag that a sentence is about.
_BEFORE_MENTION = " \t\"'\u201c\u2018(\u00ab"

# Blanks before the first word are kept until it comes, and blanks after a tag until the line goes on or ends.
_MOST_BLANKS = 100

# Characters. In a longer text a closing tag that nothing opened is no end of reasoning.
_LONGEST_REASONING = 20_000


class Habit:
    """The way a model marks its reasoning, known from its name and from its last answer."""

    def __init__(self, model: str) -> None:
        self._thinks_unopened: bool | None = True if _THINKERS.search(model) else None

    def new_filter(self) -> "ReasoningFilter":
        """A filter that removes the reasoning from the next answer."""
        return ReasoningFilter(begins_inside=self._thinks_unopened)

    def learn(self, filter: "ReasoningFilter") -> None:
        """Expect the next answer to be like this one, which is complete and has text."""
        self._thinks_unopened = filter.was_unopened


class _State(Enum):
    BEGINNING = auto()
    """Before the first word of the answer."""
    MAYBE = auto()
    """In text that a closing tag may turn into reasoning."""
    THINKING = auto()
    """In reasoning that a tag opened before the first word."""
    BLOCK = auto()
    """Behind an opening tag that came after the first word."""
    ANSWER = auto()


class ReasoningFilter:
    """Removes the reasoning from one text that arrives in pieces."""

    def __init__(self, *, begins_inside: bool | None) -> None:
        """Hold the text back until its reasoning is closed if `begins_inside`, and to its end if it never is; with
        None, do so if its first words are like those of reasoning."""
        self._state = _State.MAYBE if begins_inside else _State.BEGINNING
        self._is_in_doubt = begins_inside is None
        self._is_expected = begins_inside is True
        self._unread = ""
        self._beginning: str = ""
        self._held: list[str] = []
        self._code = _Code()
        self._has_tags = False
        self._was_opened = False
        self._has_words = False
        self._shown = 0
        self._begins_line = False
        self.was_unopened = False
        """True if reasoning ended that no tag had begun: all text before it was reasoning."""

    def feed(self, text: str) -> str:
        """Take a piece of text; return the text that is now known to be of the answer."""
        pieces: list[str] = []
        self._read(self._unread + text, pieces, is_last=False)
        return "".join(pieces)

    def close(self) -> str:
        """End the text; return the text that was held back but is of the answer."""
        pieces: list[str] = []
        self._read(self._unread, pieces, is_last=True)
        self._is_in_doubt = False
        if self._state in (_State.MAYBE, _State.BLOCK):
            self._release(pieces)
        else:
            self._accept("", pieces)
        return "".join(pieces)

    @property
    def may_be_answer(self) -> bool:
        """True if text is held back that is of the answer unless a tag closes it."""
        return bool(self._held)

    def _read(self, text: str, pieces: list[str], *, is_last: bool) -> None:
        start = 0
        for tag in _TAG.finditer(text):
            follows = text[tag.end() : tag.end() + _MOST_BLANKS]
            if not is_last and "/" in tag.group() and len(follows) < _MOST_BLANKS and not follows.strip(" \t"):
                self._accept(text[start : tag.start()], pieces)
                self._unread = text[tag.start() :]
                return
            self._accept(text[start : tag.start()], pieces)
            self._meet(tag.group(), follows, pieces)
            start = tag.end()
        rest = text[start:]
        lengths = range(0 if is_last else min(len(rest), _LONGEST), 0, -1)
        end = len(rest) - next((length for length in lengths if rest[-length:].lower() in _BEGINNINGS), 0)
        self._unread = rest[end:]
        self._accept(rest[:end], pieces)

    def _accept(self, text: str, pieces: list[str]) -> None:
        """Show text without tags, or hold it back."""
        self._has_words = self._has_words or not (not text or text.isspace())
        if self._state is _State.BEGINNING:
            text, self._beginning = self._beginning + text, ""
            if not text or text.isspace():
                self._beginning = text[:_MOST_BLANKS]
                return
            if self._is_in_doubt and _is_beginning(text):
                self._beginning = text
                return
            is_like_reasoning = self._is_in_doubt and text.lstrip().lower().startswith(_OPENINGS)
            self._state = _State.MAYBE if is_like_reasoning else _State.ANSWER
            text = text.lstrip() if self._has_tags else text
        if not text or self._state is _State.THINKING:
            return
        self._code.feed(text)
        if self._state is _State.ANSWER:
            self._shown += len(text)
            pieces.append(text)
        else:
            self._held.append(text)

    def _meet(self, tag: str, follows: str, pieces: list[str]) -> None:
        """Take a tag, after which the text `follows`."""
        is_closing = "/" in tag
        if self._state is _State.BEGINNING and self._has_words:
            self._is_in_doubt = False
            self._accept("", pieces)
        match self._state:
            case _State.THINKING if is_closing:
                self._begin()
            case _State.THINKING:
                pass
            case _State.BLOCK if is_closing and self._closes_block(follows):
                self._held.clear()
                self._state = _State.ANSWER
            case _State.BLOCK if is_closing:
                self._release(pieces)
                self._accept(tag, pieces)
            case _State.BEGINNING | _State.MAYBE if not is_closing and not self._has_words:
                self._begin()
                self._state, self._was_opened = _State.THINKING, True
            case _State.BEGINNING | _State.MAYBE if is_closing and self._closes_unopened(follows):
                self.was_unopened = not self._was_opened
                self._begin()
            case _State.ANSWER if not is_closing and not self._code.is_open:
                self._begins_line = self._code.begins_line
                self._state = _State.BLOCK
                self._accept(tag, pieces)
            case _State.ANSWER if is_closing and self._shown <= _LONGEST_REASONING and self._closes_unopened(follows):
                self.was_unopened = True
                pieces.clear()
                self._begin()
            case _:
                self._accept(tag, pieces)
        self._has_tags = True

    def _begin(self) -> None:
        """Start the answer again after reasoning."""
        self._state, self._is_in_doubt, self._beginning = _State.BEGINNING, False, ""
        self._has_words = False
        self._held.clear()
        self._code = _Code()

    def _release(self, pieces: list[str]) -> None:
        self._state = _State.ANSWER
        pieces.extend(self._held)
        self._shown += sum(map(len, self._held))
        self._held.clear()

    def _closes_block(self, follows: str) -> bool:
        """True if a tag closes reasoning between words of the answer, rather than an example in a sentence."""
        return follows[:1].isalnum() or (self._begins_line and _ends_line(follows))

    def _closes_unopened(self, follows: str) -> bool:
        """True if a closing tag ends reasoning that no tag opened. After the first word of the answer it must stand on
        a line of its own, and no tag before it."""
        has_own_line = self._code.begins_line and _ends_line(follows)
        if self._code.is_open:  # where reasoning is expected, it is likelier to have left its code open
            return has_own_line and self._is_expected and not self._has_tags
        if self._state is _State.ANSWER:
            return has_own_line and not self._has_tags
        return has_own_line or (not self._has_tags and self._code.last not in _BEFORE_MENTION)


class _Code:
    """The Markdown code at the end of a text that arrives in pieces: a fenced block, or a span of the last line."""

    _PARTS = re.compile(r"`+|~+|\n|[^`~\n]+")

    def __init__(self) -> None:
        self.begins_line = True
        """True if there are only blanks in the last line."""
        self.last = "\n"
        self._run: tuple[str, int] = ("", 0)
        self._fence: tuple[str, int] | None = None
        self._is_new_fence = False
        self._span = 0

    @property
    def is_open(self) -> bool:
        self._end_run()
        return bool(self._fence or self._span)

    def feed(self, text: str) -> None:
        for found in self._PARTS.finditer(text):
            part: str = found.group()
            self.last = part[-1]
            if part[0] != self._run[0]:
                self._end_run()
            if part[0] in "`~":
                self._run = (part[0], self._run[1] + len(part))
            elif part == "\n":
                if self._span >= 3 and not self._fence:  # models begin a block in the middle of a line
                    self._fence = ("`", self._span)
                self.begins_line, self._span, self._is_new_fence = True, 0, False
            elif not part.isspace():
                self.begins_line = False

    def _end_run(self) -> None:
        (mark, length), self._run = self._run, ("", 0)
        if not length:
            return
        if self._fence:
            is_span = self._is_new_fence and mark == self._fence[0] == "`"
            if is_span or (self.begins_line and mark == self._fence[0] and length >= self._fence[1]):
                self._fence = None
        elif length >= 3 and self.begins_line:
            self._fence, self._is_new_fence = (mark, length), True
        elif mark == "`":
            self._span = 0 if self._span == length else self._span or length
        self.begins_line = False


def _ends_line(text: str) -> bool:
    text = text.lstrip(" \t")
    return not text or text[0] in "\r\n"


def _is_beginning(text: str) -> bool:
    """True if it takes more of the text to tell if its first words are those of reasoning."""
    first = text.lstrip().lower()
    return len(first) > 1 and any(opening.startswith(first) and opening != first for opening in _OPENINGS)
