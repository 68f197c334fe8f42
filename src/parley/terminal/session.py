"""`parley chat`: talk to the bot in the terminal."""

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from ..logs import configure_logging
from ..models import describe_model
from ..serving import CLOSING_GRACE
from ..settings import Environment, Settings
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
        The exit code: 0 done, or left by the user; 1 an answer failed; 128 + N signal N, which is 130 for Ctrl-C.

    Raises:
        SettingsError, UnusableDatabaseError: the bot cannot be opened.
    """
    signals = _Signals()
    is_interactive = question is None and sys.stdin.isatty() and sys.stdout.isatty()
    # Its own database, so that this bot and one that serves do not take each other's turns.
    with tempfile.TemporaryDirectory(prefix="parley-chat-", ignore_cleanup_errors=True) as folder:
        settings = load_settings(environment, f"sqlite:///{(Path(folder) / 'parley.db').as_posix()}")
        _configure_logging(settings)
        screen = TerminalScreen(sys.stdout) if sys.stdout.isatty() else PlainScreen(sys.stdout)
        try:
            async with open_conversation(settings, find_user(), screen) as conversation:
                on_start()
                with signals.stopping(conversation):
                    if question is not None:
                        return await _send(question, conversation)
                    if not is_interactive:
                        return await _send_lines(conversation)
                    print(f"Answering with {describe_model(settings)}. Ctrl-C stops an answer, {LEAVE} leaves.")
                    await _converse(conversation, screen)
                    return 0
        except asyncio.CancelledError:
            return 0 if is_interactive and signals.received == signal.SIGINT else 128 + signals.received


def _configure_logging(settings: Settings) -> None:
    level = settings.log_level
    # The lines for an operator at INFO would come between the answers.
    configure_logging("WARNING" if level == "INFO" else level, settings.secrets(), tracebacks=level == "DEBUG")
    if level != "DEBUG":
        # The Teams SDK warns of requests without a token. Here none has one.
        logging.getLogger("microsoft_teams").setLevel(logging.ERROR)


async def _converse(conversation: Conversation, screen: Screen) -> None:
    """Show the welcome message, then send the lines that the user types, until the user leaves."""
    await conversation.install()
    # The user has seen which MCP servers are down; later warnings would come between the user's words.
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("parley.tools.mcp").setLevel(logging.ERROR)
    from prompt_toolkit import PromptSession  # takes a quarter of a second to import

    # A line editor needs no cursor position. Terminals that cannot report it would get a warning.
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    prompt = PromptSession[str](enable_suspend=True)
    with suppress(EOFError, KeyboardInterrupt):
        while (line := await prompt.prompt_async("> ")).strip() != LEAVE:
            if line.strip():
                await _send(screen.resolve(line), conversation)


async def _send_lines(conversation: Conversation) -> int:
    """Send the lines of the standard input until it ends, or an answer is stopped. Return the exit code."""
    worst = Outcome.ANSWERED
    async for line in _lines():
        if line.strip() == LEAVE:
            break
        if line.strip():
            outcome = await _send(line, conversation)
            worst = max(worst, outcome)
            if outcome is Outcome.STOPPED:
                break
    return worst


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
        if not result.set_running_or_notify_cancel():
            return
        try:
            result.set_result(read())
        except Exception as error:
            result.set_exception(error)

    Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(result)


class _Signals:
    """Handles the signals of the process: Ctrl-C stops the answer in progress, any other cancels the running task."""

    def __init__(self) -> None:
        self.received = 0
        """The signal that cancelled the task."""
        self._conversation: Conversation | None = None
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._receive)

    @contextmanager
    def stopping(self, conversation: Conversation) -> Generator[None]:
        """Let Ctrl-C stop the conversation's answers until the block ends, and ignore it from then on."""
        self._conversation = conversation
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # closing takes a moment

    def _receive(self, number: int, _frame: object) -> None:
        if number != signal.SIGINT:
            faulthandler.dump_traceback_later(CLOSING_GRACE, exit=True)  # a thread may hang
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._handle, number)

    def _handle(self, number: int) -> None:
        if number == signal.SIGINT and self._conversation and self._conversation.stop():
            return
        if not self.received and self._task:
            self.received = number
            self._task.cancel()
