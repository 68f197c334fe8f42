"""What the person sees of the bot."""

import re
import shutil
import unicodedata
from dataclasses import dataclass
from typing import Protocol, TextIO

# What a terminal would obey instead of showing it, such as the beginning of an escape sequence. A model can be talked
# into writing it.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_LINE_END = re.compile(r"\r\n?")

# Digits.
_LONGEST_NUMBER = 3

_CHANGED = "--- changed to: ---"

_STOPPED = " (stopped)"


@dataclass(frozen=True)
class Choice:
    """An answer that the bot suggests to the person."""

    title: str
    text: str
    """What the person writes by choosing it."""


class Screen(Protocol):
    """Shows the messages of one turn after the other."""

    def show_status(self, line: str) -> None:
        """Show what the bot does, until there is something else to be shown."""
        ...

    def show(self, id: str, text: str) -> None:
        """Show the text that the message has by now."""
        ...

    def remove(self, id: str) -> None:
        """The bot has removed the message."""
        ...

    def offer(self, choices: list[Choice]) -> None:
        """Let the person choose one of these, once the turn is over."""
        ...

    def end_turn(self) -> None:
        """The bot has said all of its answer."""
        ...

    def break_off(self) -> None:
        """The person has stopped the answer."""
        ...

    def read(self, line: str) -> str:
        """What the person means by a line: a number may stand for a choice."""
        ...


class Paper:
    """A file or a pipe: nothing can be taken back on it, so that each message comes when it is whole, and alone."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._texts: dict[str, str] = {}

    def show_status(self, line: str) -> None:
        """It has no place there."""

    def show(self, id: str, text: str) -> None:
        self._texts[id] = text

    def remove(self, id: str) -> None:
        self._texts.pop(id, None)

    def offer(self, choices: list[Choice]) -> None:
        """Nobody is there to choose."""

    def end_turn(self) -> None:
        for text in self._texts.values():
            self._out.write(f"{_printable(text)}\n")
        self._out.flush()
        self._texts.clear()

    def break_off(self) -> None:
        self._texts.clear()

    def read(self, line: str) -> str:
        return line


class Display:
    """A terminal: the text grows while it is streamed. What has changed otherwise is shown anew, below a mark."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown: dict[str, str] = {}
        self._last_id = ""
        self._is_in_line = False
        self._status_width = 0
        self._choices: list[Choice] = []

    def show_status(self, line: str) -> None:
        self._start_line()
        status = _fitting(_printable(line))
        self._status_width = _width(status)
        self._write(f"{status}\r")

    def show(self, id: str, text: str) -> None:
        text, before = _printable(text), self._shown.get(id, "")
        if text == before:
            return
        if id == self._last_id and text.startswith(before):
            self._erase_status()
            self._write(text[len(before) :])
        else:
            self._start_line()
            self._write(f"{_CHANGED}\n{text}" if before else text)
        self._is_in_line = not text.endswith("\n")
        self._last_id, self._shown[id] = id, text

    def remove(self, id: str) -> None:
        """What was seen stays."""

    def offer(self, choices: list[Choice]) -> None:
        self._choices = choices

    def end_turn(self) -> None:
        self._start_line()
        for number, choice in enumerate(self._choices, start=1):
            self._write(f"  {number}  {_printable(choice.title)}\n")

    def break_off(self) -> None:
        self._erase_status()
        self._write(f"{_STOPPED}\n")  # behind the ^C that the terminal itself has written
        self._is_in_line = False

    def read(self, line: str) -> str:
        choices, self._choices = dict(enumerate(self._choices, start=1)), []
        number = line.strip()
        # Of what is longer than any choice's number, Python may refuse to make one.
        chosen = choices.get(int(number)) if number.isdecimal() and len(number) <= _LONGEST_NUMBER else None
        return chosen.text if chosen else line

    def _start_line(self) -> None:
        self._erase_status()
        if self._is_in_line:
            self._write("\n")
        self._is_in_line = False

    def _erase_status(self) -> None:
        if self._status_width:
            self._write(" " * self._status_width + "\r")
        self._status_width = 0

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _printable(text: str) -> str:
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", _LINE_END.sub("\n", text))


def _fitting(line: str) -> str:
    """As much of a line as can be written over: what wraps cannot."""
    columns = shutil.get_terminal_size().columns - 1
    while _width(line) > columns:
        line = line[:-1]
    return line


def _width(line: str) -> int:
    """The columns that a line takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)
