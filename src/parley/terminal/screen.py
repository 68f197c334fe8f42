"""The screens that show the bot's messages: a terminal, and a plain pipe or file."""

import re
import shutil
from dataclasses import dataclass
from typing import Protocol, TextIO

# Characters that a terminal would obey instead of showing them. A user can make a model write escape sequences.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_LINE_END = re.compile(r"\r\n?")

# Digits.
_LONGEST_NUMBER = 3

_CHANGED = "--- changed to: ---"

_STOPPED = " (stopped)"


@dataclass(frozen=True)
class SuggestedAction:
    """A reply that the bot suggests to the user."""

    title: str
    text: str
    """The message that the user sends by choosing it."""


class Screen(Protocol):
    """Shows the messages of one turn after the other."""

    def show_status(self, line: str) -> None:
        """Show a line until the next text replaces it."""
        ...

    def show(self, id: str, text: str) -> None:
        """Show the current text of a message."""
        ...

    def remove(self, id: str) -> None:
        """Remove a message that the bot has deleted."""
        ...

    def suggest(self, actions: list[SuggestedAction]) -> None:
        """Offer these to the user once the turn has ended."""
        ...

    def end_turn(self) -> None:
        """End a turn that is complete."""
        ...

    def stop_turn(self) -> None:
        """End a turn that the user has stopped."""
        ...

    def resolve(self, line: str) -> str:
        """The message that a typed line stands for. A number stands for a suggested action."""
        ...


class PlainScreen:
    """A pipe or a file. It cannot take text back, so each message is written once, when the turn ends."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._texts: dict[str, str] = {}

    def show_status(self, line: str) -> None:
        """Nothing: a status is not part of the answer."""

    def show(self, id: str, text: str) -> None:
        self._texts[id] = text

    def remove(self, id: str) -> None:
        self._texts.pop(id, None)

    def suggest(self, actions: list[SuggestedAction]) -> None:
        """Nothing: no user is there to choose."""

    def end_turn(self) -> None:
        for text in self._texts.values():
            self._out.write(f"{_printable(text)}\n")
        self._out.flush()
        self._texts.clear()

    def stop_turn(self) -> None:
        self._texts.clear()

    def resolve(self, line: str) -> str:
        return line


class TerminalScreen:
    """A terminal. A text grows while it is streamed; one that changes otherwise is shown again below a mark."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown: dict[str, str] = {}
        self._last_id = ""
        self._is_in_line = False
        self._status_width = 0
        self._suggested: list[SuggestedAction] = []

    def show_status(self, line: str) -> None:
        from prompt_toolkit.utils import get_cwidth  # takes a quarter of a second to import

        self._start_line()
        status = _printable(line)
        while get_cwidth(status) >= shutil.get_terminal_size().columns:  # a line that wraps cannot be erased
            status = status[:-1]
        self._status_width = get_cwidth(status)
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
        """Nothing: a terminal cannot take lines back."""

    def suggest(self, actions: list[SuggestedAction]) -> None:
        self._suggested = actions

    def end_turn(self) -> None:
        self._start_line()
        for number, action in enumerate(self._suggested, start=1):
            self._write(f"  {number}  {_printable(action.title)}\n")

    def stop_turn(self) -> None:
        self._erase_status()
        self._write(f"{_STOPPED}\n")  # after the ^C that the terminal itself has written
        self._is_in_line = False

    def resolve(self, line: str) -> str:
        suggested, self._suggested = dict(enumerate(self._suggested, start=1)), []
        number = line.strip()
        # Python refuses to convert a very long number.
        chosen = suggested.get(int(number)) if number.isdecimal() and len(number) <= _LONGEST_NUMBER else None
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
