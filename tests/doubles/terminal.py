"""A pseudo-terminal with a process, and the emulated screen of it."""

import io
import os
import select
import struct
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output

from parley.terminal.screen import TerminalScreen

from .lines import line

# Lines that have scrolled off the screen.
_HISTORY = 1_000

# Seconds within which a process must write something.
_PATIENCE = 60.0


class Glass:
    """An emulated screen."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=_HISTORY, ratio=1)
        self._stream = pyte.ByteStream(self.screen)
        self.pieces: list[str] = []

    def feed(self, data: bytes) -> None:
        self.pieces.append(data.decode(errors="replace"))
        self._stream.feed(data)

    @property
    def lines(self) -> list[str]:
        """All lines, scrolled off or not, without empty ones at the end."""
        above = ["".join(row[place].data for place in range(self.screen.columns)) for row in self.screen.history.top]
        lines = [line.rstrip() for line in [*above, *self.screen.display]]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class _Stream(io.StringIO):
    """A stream to the emulated screen, with a carriage return in each line break, as a terminal adds it."""

    encoding = "utf-8"

    def __init__(self, glass: Glass) -> None:
        super().__init__()
        self._glass = glass

    def write(self, text: str) -> int:
        self._glass.feed(text.replace("\n", "\r\n").encode())
        return len(text)


def screen_behind(glass: Glass, *, is_dumb: bool = False, clock: Callable[[], float] = lambda: 0.0) -> TerminalScreen:
    """A screen of `parley chat` with its output on the emulated screen. To draw takes no time, unless by the clock."""

    def size() -> Size:
        return Size(rows=glass.screen.lines, columns=glass.screen.columns)

    return TerminalScreen(Vt100_Output(_Stream(glass), size, term="xterm"), line, is_dumb=is_dumb, clock=clock)


class Terminal:
    """A process in a terminal."""

    def __init__(self, descriptor: int, process: "subprocess.Popen[bytes]", glass: Glass) -> None:
        self._descriptor = descriptor
        self._process = process
        self.glass = glass

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        import fcntl
        import termios

        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.glass.screen.resize(rows, columns)

    def read_until(self, text: str, *, count: int = 1) -> list[str]:
        """Read until the screen shows the text `count` times. Return all lines."""
        while self.glass.text.count(text) < count:
            self._read()
        return self.glass.lines

    def read_until_written(self, text: str) -> str:
        """Read until the output has the text. Return all output, with its escape sequences."""
        while text not in (written := "".join(self.glass.pieces)):
            self._read()
        return written

    def wait(self) -> int:
        """Wait for the end of the process. Return its exit code."""
        with suppress(OSError, EOFError):  # the process has closed the terminal
            while True:
                self._read()
        return self._process.wait(30)

    def _read(self) -> None:
        if not select.select([self._descriptor], [], [], _PATIENCE)[0]:
            raise TimeoutError(self.glass.text)
        data = os.read(self._descriptor, 65536)
        if not data:
            raise EOFError(self.glass.text)
        self.glass.feed(data)


@contextmanager
def running(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], *, columns: int = 80, rows: int = 24
) -> Generator[Terminal]:
    """Run a command in a new terminal. Kill it when the block ends."""
    import pty  # Windows does not have it

    ours, its = pty.openpty()
    glass = Glass(columns, rows)
    process = subprocess.Popen(
        # Makes this the controlling terminal, which sends Ctrl-C, and runs the command.
        [sys.executable, "-c", f"import os; os.login_tty(0); os.execv({command[0]!r}, {list(command)!r})"],
        cwd=directory,
        env={"TERM": "xterm-256color", **environment},
        stdin=its,
        stdout=its,
        stderr=its,
    )
    terminal = Terminal(ours, process, glass)
    terminal.resize(columns, rows)
    os.close(its)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        os.close(ours)
