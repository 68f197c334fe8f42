"""The screens that show the bot's messages: a terminal, and a plain pipe or file."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TextIO

from prompt_toolkit.output import Output, create_output
from prompt_toolkit.utils import get_cwidth, is_dumb_terminal

from ..language import Localizer
from .growing_text import GrowingText
from .region import Region
from .rendering import Renderer, printable

_LONGEST_NUMBER = 3  # digits

_CHANGED = "--- changed to: ---"

_STOPPED = "(stopped)"


@dataclass(frozen=True)
class Message:
    """A message of the bot."""

    text: str
    sources: tuple[str, ...] = ()
    """A line for each source that the text cites by its number in brackets."""
    is_markdown: bool = True
    is_ai: bool = False
    """True for an answer of the model, False for the bot's own lines."""


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

    def show(self, id: str, message: Message) -> None:
        """Show a message as it is now."""
        ...

    def remove(self, id: str) -> None:
        """Remove a message that the bot has deleted."""
        ...

    def suggest(self, actions: list[SuggestedAction]) -> None:
        """Offer these to the user once the turn has ended."""
        ...

    def end_turn(self, *, has_failed: bool) -> None:
        """End a turn that is complete. If it has failed, its messages are errors."""
        ...

    def stop_turn(self) -> None:
        """End a turn that the user has stopped."""
        ...

    def write(self, text: str, *, is_markdown: bool = False) -> None:
        """Write lines of the terminal's own, for the user at its prompt."""
        ...

    def resolve(self, line: str) -> str:
        """The message that a typed line stands for. A number stands for a suggested action, until the model answers."""
        ...


def open_screen(localize: Localizer) -> "PlainScreen | TerminalScreen":
    """The screen for the standard output."""
    if not sys.stdout.isatty():
        return PlainScreen(sys.stdout, sys.stderr)
    return TerminalScreen(create_output(sys.stdout), localize, is_dumb=is_dumb_terminal())


class PlainScreen:
    """A pipe or a file. It cannot take text back, so each message is written once, as it is when the turn ends."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._messages: dict[str, Message] = {}

    def show_status(self, line: str) -> None:
        """Nothing: a status is not part of the answer."""

    def show(self, id: str, message: Message) -> None:
        self._messages[id] = message

    def remove(self, id: str) -> None:
        self._messages.pop(id, None)

    def suggest(self, actions: list[SuggestedAction]) -> None:
        """Nothing: no user is there to choose."""

    def end_turn(self, *, has_failed: bool) -> None:
        stream = self._err if has_failed else self._out
        for message in self._messages.values():
            sources = ["", *message.sources] if message.sources else []
            stream.write(printable("\n".join([message.text, *sources])) + "\n")
        stream.flush()
        self._messages.clear()

    def stop_turn(self) -> None:
        self._messages.clear()

    def write(self, text: str, *, is_markdown: bool = False) -> None:
        """Nothing: no user is at a prompt."""

    def resolve(self, line: str) -> str:
        return line


class TerminalScreen:
    """A terminal, which shows Markdown in styles. A text grows while it is streamed; one that changes otherwise is
    shown again below a mark."""

    def __init__(
        self,
        output: Output,
        localize: Localizer,
        *,
        is_dumb: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_dumb` is true for a terminal without a cursor that can be moved, and without styles."""
        self._localize = localize
        self._region = Region(output)
        self._renderer = Renderer(has_styles=not is_dumb)
        self._is_dumb = is_dumb
        self._clock = clock
        self._messages: dict[str, Message] = {}
        self._last_id = ""
        self._growing: GrowingText | None = None  # of the last message
        self._choices: list[SuggestedAction] = []
        self._are_new = False
        self._are_valid = False

    def show_status(self, line: str) -> None:
        if self._is_dumb:
            return
        self._leave_text()
        status = printable(line)
        while get_cwidth(status) >= self._region.columns:
            status = status[:-1]
        self._region.draw(self._renderer.wrap(status, self._region.columns, "dim"))

    def show(self, id: str, message: Message) -> None:
        message = replace(message, text=printable(message.text))
        before = self._messages.get(id)
        if message == before:
            return
        if not (before and self._growing and id == self._last_id and message.text.startswith(before.text)):
            self._leave_text()
            if before:
                self.write(_CHANGED)
            self._growing = GrowingText(
                self._region, self._renderer, is_markdown=message.is_markdown, clock=self._clock
            )
        self._growing.grow(message.text, is_shown=not self._is_dumb)
        self._messages[id], self._last_id = message, id
        if message.is_ai:
            self._are_valid = False  # the answer may ask for a number itself

    def remove(self, id: str) -> None:
        """Nothing: a terminal cannot take lines back."""

    def suggest(self, actions: list[SuggestedAction]) -> None:
        if actions:
            self._choices, self._are_new, self._are_valid = actions, True, True

    def end_turn(self, *, has_failed: bool) -> None:
        self._leave_text()
        self._messages.clear()
        if self._are_new:
            self.write("")
            for number, action in enumerate(self._choices, start=1):
                self.write(f"  {number}  {action.title}")
        self._are_new = False

    def stop_turn(self) -> None:
        self._leave_text()
        self._messages.clear()
        self.write(_STOPPED)
        self._are_new = False

    def resolve(self, line: str) -> str:
        number = line.strip()
        # Python refuses to convert a very long number.
        place = int(number) if number.isdecimal() and len(number) <= _LONGEST_NUMBER else 0
        if not 0 < place <= len(self._choices):
            return line
        if not self._are_valid:
            self.write(self._localize("choices-ended"))
            return line
        chosen = self._choices[place - 1]
        self.write(chosen.title)
        return chosen.text

    def write(self, text: str, *, is_markdown: bool = False) -> None:
        if not is_markdown:
            self._region.draw(self._renderer.wrap(printable(text), self._region.columns, "dim"))
            self._region.leave()
            return
        whole = GrowingText(self._region, self._renderer, is_markdown=True, clock=self._clock)
        whole.grow(printable(text))
        whole.finish([])

    def _leave_text(self) -> None:
        """Keep the text, and begin below it. A status is erased."""
        if self._growing:
            message = self._messages[self._last_id]
            self._growing.finish(map(printable, message.sources))
            self._growing = None
        else:
            self._region.draw([])
