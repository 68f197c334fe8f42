"""`parley chat`: talk to the bot in the terminal."""

import faulthandler
import logging
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from ..logs import configure_logging
from ..models import describe_model
from ..settings import Environment
from ..text import storable
from .background import Background
from .person import find_person
from .screen import Display, Paper
from .talk import NotTakenError, Talk, load_settings, open_talk

LEAVE = "/exit"

# Whose errors mean that somebody has no answer.
_WHO_ANSWERS = ("parley.handlers", "parley.inbox")

# Seconds that it may take to leave after a signal.
_CLOSING_GRACE = 10

# What a shell reports of a program that Ctrl-C has ended.
_INTERRUPTED = 130


def converse(environment: Environment, question: str | None = None, *, on_start: Callable[[], None]) -> int:
    """Ask one question or, without it, each line of the standard input, until that ends. Answers go to the standard
    output. `on_start` is called when the bot is there.

    Returns:
        the exit code: 0 done, or left by a person, 1 an answer failed, 130 an answer was stopped where nobody could go
        on.

    Raises:
        SettingsError, UnusableDatabaseError: the bot cannot be opened.
    """
    _leave_on_signals()
    failures = _Failures()
    # A database of its own: the turns of the bot that runs are not ours, nor are ours for that bot to take.
    with tempfile.TemporaryDirectory(prefix="parley-chat-", ignore_cleanup_errors=True) as folder:
        settings = load_settings(environment, f"sqlite:///{(Path(folder) / 'parley.db').as_posix()}")
        is_debugging = settings.log_level == "DEBUG"
        # What is worth a line to an operator every time would be in the way here.
        level = "WARNING" if settings.log_level == "INFO" else settings.log_level
        configure_logging(level, settings.secrets(), tracebacks=is_debugging)
        if not is_debugging:
            # It warns of requests without a token, as they all are here.
            logging.getLogger("microsoft_teams").setLevel(logging.ERROR)
        for name in _WHO_ANSWERS:
            logging.getLogger(name).addHandler(failures)
        screen = Display(sys.stdout) if sys.stdout.isatty() else Paper(sys.stdout)
        is_interactive = question is None and sys.stdin.isatty() and sys.stdout.isatty()
        with Background(open_talk(settings, find_person(), screen)) as background:
            on_start()
            if question is not None:
                is_stopped = not _ask(background, question, failures)
            elif is_interactive:
                print(f"Answering with {describe_model(settings)}. Ctrl-C stops an answer, {LEAVE} leaves.")
                with suppress(KeyboardInterrupt):
                    background.run(background.value.begin(), on_interrupt=background.value.stop)
                    if not is_debugging:  # that a server is down was told before the first prompt
                        logging.getLogger("parley.tools.mcp").setLevel(logging.ERROR)
                    for line in _lines("> "):
                        _ask(background, screen.read(line), failures)
                return 0
            else:
                is_stopped = not all(_ask(background, line, failures) for line in _lines(""))
    return _INTERRUPTED if is_stopped else int(failures.seen)


def _ask(background: Background[Talk], text: str, failures: "_Failures") -> bool:
    """Ask, and show the answer. Returns whether it was not stopped."""
    talk = background.value
    try:
        return background.run(talk.say(storable(text)), on_interrupt=talk.stop)
    except NotTakenError as error:
        print(f"parley: {error}", file=sys.stderr)
        failures.seen = True
        return True


def _lines(prompt: str) -> Iterator[str]:
    """What is typed in, line by line; empty lines ask nothing."""
    if prompt:
        with suppress(ImportError):  # Windows has none; its terminal edits lines by itself
            import_module("readline")  # is made use of by input()
    try:
        while (line := input(prompt)).strip() != LEAVE:
            if line.strip():
                yield line
    except (EOFError, KeyboardInterrupt) as end:
        if prompt:
            print()  # what the shell writes next is to begin a line
        elif isinstance(end, KeyboardInterrupt):
            raise


def _leave_on_signals() -> None:
    """Close everything, the temporary database among it, when the terminal is closed or somebody ends the process."""

    def leave(number: int, _frame: object) -> None:
        faulthandler.dump_traceback_later(_CLOSING_GRACE, exit=True)  # a thread may hang
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)


class _Failures(logging.Handler):
    """Notices that an answer has failed, from the log: the line that the person gets is a text like any other."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen = False

    def emit(self, record: logging.LogRecord) -> None:
        self.seen = True
