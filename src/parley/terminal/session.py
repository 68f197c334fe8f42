"""`parley chat`: talk to the bot in the terminal."""

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Thread

from ..logs import configure_logging
from ..models import describe_model
from ..serving import CLOSING_GRACE
from ..settings import Environment
from ..text import storable
from .conversation import Conversation, Outcome, RefusedError, load_settings, open_conversation
from .screen import PlainScreen, Screen, TerminalScreen
from .user import find_user

LEAVE = "/exit"


async def chat(environment: Environment, question: str | None = None, *, on_start: Callable[[], None]) -> int:
    """Send one question to the bot, or each line of the standard input. Write the answers to the standard output.

    Args:
        environment: all variables.
        question: the only message to send.
        on_start: called when the bot is ready.

    Returns:
        The exit code: 0 done, 1 a message got no answer, 130 Ctrl-C, 128 + N signal N. In a terminal 130 is 0.

    Raises:
        SettingsError, UnusableDatabaseError: the bot cannot be opened.
    """
    signals = _Signals()
    is_interactive = question is None and sys.stdin.isatty() and sys.stdout.isatty()
    # Its own database, so that this bot and one that serves do not take each other's turns.
    with tempfile.TemporaryDirectory(prefix="parley-chat-", ignore_cleanup_errors=True) as folder:
        settings = load_settings(environment, f"sqlite:///{(Path(folder) / 'parley.db').as_posix()}")
        is_debugging = settings.log_level == "DEBUG"
        _configure_logging(settings.log_level, settings.secrets())
        screen = TerminalScreen(sys.stdout) if sys.stdout.isatty() else PlainScreen(sys.stdout)
        try:
            async with open_conversation(settings, find_user(), screen) as conversation:
                on_start()
                signals.stop_answer = conversation.stop
                try:
                    if is_interactive:
                        print(f"Answering with {describe_model(settings)}. Ctrl-C stops an answer, {LEAVE} leaves.")
                        await conversation.install()
                        if not is_debugging:  # the user has seen which servers are down
                            logging.getLogger("parley.tools.mcp").setLevel(logging.ERROR)
                        await _converse(conversation, screen)
                        return 0
                    if question is not None:
                        return (await _send(question, conversation)).value
                    return await _answer_lines(conversation)
                finally:
                    signal.signal(signal.SIGINT, signal.SIG_IGN)  # closing takes a moment and must not be interrupted
        except asyncio.CancelledError:
            return 0 if is_interactive and signals.received == signal.SIGINT else 128 + signals.received


def _configure_logging(level: str, secrets: list[str]) -> None:
    is_debugging = level == "DEBUG"
    # The lines for an operator at INFO would come between the answers.
    configure_logging("WARNING" if level == "INFO" else level, secrets, tracebacks=is_debugging)
    if not is_debugging:
        # The Teams SDK warns of requests without a token. Here none has one.
        logging.getLogger("microsoft_teams").setLevel(logging.ERROR)


async def _converse(conversation: Conversation, screen: Screen) -> None:
    """Send what the user types, until the user leaves."""
    from prompt_toolkit import PromptSession  # takes a quarter of a second to import

    # A line editor needs no cursor position. Terminals that cannot report it would get a warning.
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    prompt = PromptSession[str](enable_suspend=True)
    with suppress(EOFError, KeyboardInterrupt):
        while (line := await prompt.prompt_async("> ")).strip() != LEAVE:
            if line.strip():
                await _send(screen.resolve(line), conversation)


async def _answer_lines(conversation: Conversation) -> int:
    """Send the lines of the standard input until it ends, or an answer is stopped. Return the exit code."""
    worst = Outcome.ANSWERED
    async for line in _lines():
        if line.strip() == LEAVE:
            break
        if line.strip():
            outcome = await _send(line, conversation)
            worst = max(worst, outcome, key=lambda each: each.value)
            if outcome is Outcome.STOPPED:
                break
    return worst.value


async def _send(text: str, conversation: Conversation) -> Outcome:
    try:
        return await conversation.send(storable(text))
    except RefusedError as error:
        print(f"parley: {error}", file=sys.stderr)
        return Outcome.FAILED


async def _lines() -> AsyncGenerator[str]:
    """The lines of a pipe or a file at the standard input."""
    # Without a buffer: the lock of one that a thread reads from would abort the interpreter at its end.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as source:  # noqa: ASYNC230, opening does not wait
        while line := await _in_daemon_thread(source.readline):
            yield line.decode(sys.stdin.encoding, errors="replace").rstrip("\r\n")


async def _in_daemon_thread[T](read: Callable[[], T]) -> T:
    """Call `read` in a thread. Unlike a thread of asyncio's executor, it does not keep the process while it waits."""
    result: Future[T] = Future()

    def work() -> None:
        result.set_running_or_notify_cancel()
        try:
            result.set_result(read())
        except Exception as error:
            result.set_exception(error)

    Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(result)


class _Signals:
    """Handles the signals of a process: Ctrl-C stops the answer in progress, any other cancels the running task."""

    def __init__(self) -> None:
        self.stop_answer: Callable[[], bool] = lambda: False
        """Stops the answer in progress; False if there is none."""
        self.received = 0
        """The signal that cancelled the task."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._receive)

    def _receive(self, number: int, _frame: object) -> None:
        if number != signal.SIGINT:
            faulthandler.dump_traceback_later(CLOSING_GRACE, exit=True)  # a thread may hang
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._handle, number)

    def _handle(self, number: int) -> None:
        if number == signal.SIGINT and self.stop_answer():
            return
        if not self.received and self._task:
            self.received = number
            self._task.cancel()
