"""Thoughts that a model writes into the text of its answer, between `<think>` and `</think>`.

Servers that know their model send its thoughts apart. Others send what it writes, some of them without the opening tag,
which their template has put into the prompt. Tags in code are text like any other.
"""

import re

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think")
_TAGS = [
    *(f"<{slash}{name}>" for name in _NAMES for slash in ("", "/")),
    *("[think]", "[/think]", "◁think▷", "◁/think▷"),
]
_TAG = re.compile("|".join(re.escape(tag) for tag in _TAGS), re.IGNORECASE)
_BEGINNINGS = frozenset(tag[:length] for tag in _TAGS for length in range(1, len(tag)))
_LONGEST = max(len(tag) for tag in _TAGS)

# Models whose templates are known to open the thoughts in the prompt.
_THINKERS = re.compile(r"deepseek-?r1|qwq|thinking", re.IGNORECASE)


# How such models mostly begin to think aloud.
_OPENINGS = (
    *("okay, ", "ok, ", "alright, ", "hmm", "got it, ", "let me ", "let's ", "first, ", "the user ", "the person "),
    *("we need to ", "we have to ", "we are asked ", "嗯", "好的\uff0c", "首先"),
)


class Habit:
    """The way a model marks its thoughts, known from its name and its answers."""

    def __init__(self, model: str) -> None:
        self._is_known = False
        self._thinks_unopened: bool | None = True if _THINKERS.search(model) else None

    def new_thoughts(self) -> "Thoughts":
        """A filter that takes the thoughts out of the next answer."""
        return Thoughts(begins_inside=self._thinks_unopened)

    def learn(self, thoughts: "Thoughts") -> None:
        """Take note of an answer that is complete and has text. A model that has once thought so may do it again."""
        if thoughts.was_unopened or not self._is_known:
            self._is_known, self._thinks_unopened = True, thoughts.was_unopened


class Thoughts:
    """Takes the thoughts out of one text as it arrives."""

    def __init__(self, *, begins_inside: bool | None) -> None:
        """`begins_inside` holds the text back until its thoughts are closed, and to its end if they never are; None
        does so if its first words are those of thoughts."""
        self._is_in_doubt = begins_inside is None
        self._held = ""
        self._beginning = ""
        self._shown: list[str] = []
        self._thought: list[str] | None = [] if begins_inside else None
        self._is_opened = False
        self.was_unopened = False
        """True if thoughts ended that no tag had begun: all text before was no answer."""

    def feed(self, text: str) -> str:
        """Take a piece of text; returns what is known to be of the answer."""
        self._held += text
        pieces: list[str] = []
        while tag := _TAG.search(self._held):
            before, self._held = self._held[: tag.start()], self._held[tag.end() :]
            self._take(before, pieces)
            self._meet(tag.group(), pieces)
        last = next((n for n in range(_LONGEST, 0, -1) if self._held[-n:].lower() in _BEGINNINGS), 0)
        known, self._held = self._held[: len(self._held) - last], self._held[len(self._held) - last :]
        self._take(known, pieces)
        return "".join(pieces)

    def close(self) -> str:
        """The end of the text: what was held back, but is of the answer."""
        pieces: list[str] = []
        self._take(self._held, pieces)
        # Thoughts without an end are thoughts only if the text began with them.
        held = self._thought if self.may_be_answer else None
        self._thought, self._held, self._is_in_doubt = None, "", False
        self._take("".join(held or ()), pieces)
        return "".join(pieces)

    @property
    def may_be_answer(self) -> bool:
        """True if text is held back that is of the answer, unless a tag still closes it."""
        return bool(self._thought) and not (self._is_opened and not self._has_shown)

    @property
    def _has_shown(self) -> bool:
        return bool(self._shown)

    def _take(self, text: str, pieces: list[str]) -> None:
        if self._thought is not None:
            self._thought.append(text)
            return
        if not self._has_shown:
            # Blanks before the first word are kept back, since thoughts may follow them, and so may be its letters.
            text, self._beginning = self._beginning + text, ""
            if not text.strip() or (self._is_in_doubt and _is_beginning(text)):
                self._beginning = text
                return
            if self._is_in_doubt and text.lstrip().lower().startswith(_OPENINGS):
                self._thought = [text]
                return
            text = text.lstrip() if self._is_opened or self.was_unopened else text
        if text:
            self._shown.append(text)
            pieces.append(text)

    def _meet(self, tag: str, pieces: list[str]) -> None:
        is_closing, self._is_in_doubt = "/" in tag, False
        if self._thought is not None:
            if is_closing:
                self.was_unopened = self.was_unopened or not self._is_opened
                self._thought = None
            else:
                self._is_opened = True
        elif self._is_in_code():
            self._take(tag, pieces)
        elif not is_closing:
            self._is_opened = True
            self._thought = [tag] if self._has_shown else []
        elif not self._is_opened and not self.was_unopened:
            self.was_unopened = True
            self._beginning = ""
            self._shown.clear()
            pieces.clear()
        else:
            self._take(tag, pieces)

    def _is_in_code(self) -> bool:
        shown = "".join(self._shown)
        return shown.count("```") % 2 == 1 or shown.rpartition("\n")[2].count("`") % 2 == 1


def _is_beginning(text: str) -> bool:
    """True if it takes more of the text to tell if its first words are those of thoughts."""
    first = text.lstrip().lower()
    return len(first) > 1 and any(opening.startswith(first) and opening != first for opening in _OPENINGS)
