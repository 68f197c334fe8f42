"""`parley chat`: talk to the bot in the terminal."""

import asyncio
import logging
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from ..logs import configure_logging
from ..operator_errors import OperatorError
from ..settings import Environment, Settings
from .bot_settings import load_settings
from .held import keys_held, log_held
from .sender import LEAVE, Sender, find_file
from .signals import Signals

if TYPE_CHECKING:  # they take seconds to import
    from .conversation import Conversation
    from .screen import Screen


async def chat(environment: Environment, question: str | None = None, files: Sequence[str] = ()) -> int:
    """Send one question to the bot, or each line of the standard input. Write the answers to the standard output.

    Args:
        environment: all variables.
        question: the only message to send.
        files: the paths of files that go with the first message.

    Returns:
        The exit code: 0 done, or left by the user; 1 an answer failed; 128 + N signal N, which is 130 for Ctrl-C.

    Raises:
        SettingsError, OperatorError: the bot cannot be opened, or a file cannot be read.
    """
    signals = Signals()
    is_interactive = question is None and sys.stdin.isatty() and sys.stdout.isatty()
    attached = [find_file(path) for path in files]
    # Its own database, so that this bot and one that serves do not take each other's turns.
    with tempfile.TemporaryDirectory(prefix="parley-chat-", ignore_cleanup_errors=True) as folder:
        settings = load_settings(environment, f"sqlite:///{(Path(folder) / 'parley.db').as_posix()}")
        try:
            with log_held() as release_log, keys_held():
                _configure_logging(settings)
                if is_interactive:
                    from .prompt import converse  # takes a quarter of a second to import

                    await converse(opened(settings, signals), settings, attached, after_turn=release_log)
                    return 0
                with _starting() as end:
                    async with opened(settings, signals) as (conversation, _):
                        end()
                        sender = Sender(conversation, attached)
                        return await (_send_lines(sender) if question is None else _send(question, sender))
        except asyncio.CancelledError:
            return 0 if is_interactive and signals.received == signal.SIGINT else 128 + signals.received


@asynccontextmanager
async def opened(settings: Settings, signals: Signals) -> "AsyncGenerator[tuple[Conversation, Screen]]":
    """Open the bot, and a conversation with it on a screen for the standard output."""
    conversation, language, screen, user = await _in_daemon_thread(_load)
    known = user.find_user()
    shown = screen.open_screen(language.localizer_for(known.locale))
    async with conversation.open_conversation(settings, known, shown) as opened:
        with signals.stopping(opened):
            yield opened, shown


def _load():
    from .. import language
    from . import conversation, screen, user

    return conversation, language, screen, user


def _configure_logging(settings: Settings) -> None:
    level = settings.log_level
    # The lines for an operator at INFO would come between the answers.
    configure_logging("WARNING" if level == "INFO" else level, settings.secrets(), tracebacks=level == "DEBUG")
    if level != "DEBUG":
        # The Teams SDK warns of requests without a token. Here none has one.
        logging.getLogger("microsoft_teams").setLevel(logging.ERROR)


@contextmanager
def _starting() -> Generator[Callable[[], None]]:
    """Show "Starting..." in a terminal until the given function is called, or the block ends."""
    terminal = next((stream for stream in (sys.stdout, sys.stderr) if stream.isatty()), None)
    line, end = "Starting...", ""
    if terminal:
        end = " " * len(line) + "\r"
        print(line, end="\r", file=terminal, flush=True)

    def erase() -> None:
        nonlocal end
        if terminal:
            print(end, end="", file=terminal, flush=True)
        end = ""

    try:
        yield erase
    finally:
        erase()


async def _send_lines(sender: Sender) -> int:
    """Send the lines of the standard input until it ends, or an answer is stopped. Return the exit code."""
    worst = 0
    async for line in _lines():
        if line.strip() == LEAVE:
            break
        if line.strip():
            code = await _send(line, sender)
            worst = max(worst, code)
            if code == 130:
                break
    return worst


async def _send(line: str, sender: Sender) -> int:
    """Send a message, or attach a file to the next one. Return the exit code."""
    try:
        result = await sender.send(line)
    except OperatorError as error:
        print(f"parley: {error.line}", file=sys.stderr)
        return 1
    return 0 if isinstance(result, list) else result


async def _lines() -> AsyncGenerator[str]:
    """The lines of a pipe or a file at the standard input."""
    # Without a buffer: the lock of one that a thread reads from would abort the interpreter at its end.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as source:  # noqa: ASYNC230, opening does not wait
        while line := await _in_daemon_thread(source.readline):
            yield line.decode(sys.stdin.encoding, errors="replace").rstrip("\r\n")


async def _in_daemon_thread[T](call: Callable[[], T]) -> T:
    """Call a function in a thread. Unlike a thread of asyncio's executor, it does not keep the process from ending."""
    result: Future[T] = Future()

    def work() -> None:
        if not result.set_running_or_notify_cancel():
            return
        try:
            result.set_result(call())
        except BaseException as error:
            result.set_exception(error)

    Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(result)
