"""The log: one line per event, without secrets and, at INFO, without the texts of messages."""

import logging
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy

# Libraries that log every request or step at INFO. The Teams SDK resets the level of httpx whenever it makes a client,
# so the handler drops their lines.
_CHATTY = ("alembic", "azure", "httpx", "httpx2", "openai", "procrastinate")

# Loggers that repeat the texts of messages in their errors. Parley logs the failures of MCP servers itself.
_INDISCREET = ("mcp", "client")  # `client` is a logger of the `mcp` package

# Loggers that strangers can make log: a line for each bad request, a traceback for each connection over the limit.
_REPETITIVE = ("asyncio", "parley.connection_limits", "uvicorn.error")

# Seconds between two lines that say the same.
_REPEAT_INTERVAL = 60.0

_SHORTEST_SECRET = 8  # characters

_turn: ContextVar[str] = ContextVar("turn", default="")


@contextmanager
def logged_turn(id: int, conversation_id: str) -> Generator[None]:
    """Add ` turn=ID conversation=ID` to all log lines of the block and of the tasks that it starts.

    Both are columns of the table `turns`, so that an operator finds the row of a line and the lines of a row.
    """
    token = _turn.set(f" turn={id} conversation={''.join(conversation_id.split())}")
    try:
        yield
    finally:
        _turn.reset(token)


def redact(secrets: list[str], text: str) -> str:
    """Return the text with `***` for each of the secrets."""
    for secret in secrets:
        # Shorter ones are no secrets, for example "ollama" for a server that accepts any key, and occur in plain words.
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def causes_of(error: BaseException) -> list[BaseException]:
    """Return the error, followed by its chain of causes."""
    causes = [error]
    while cause := causes[-1].__cause__:
        causes.append(cause)
    return causes


def cause_of(error: BaseException) -> str:
    """Return the innermost cause that has a text, on one line.

    The outer errors of HTTP clients often say less, for example that a request timed out when no connection was made.
    """
    innermost = next((cause for cause in reversed(causes_of(error)) if str(cause)), error)
    return f"{type(innermost).__name__}: {' '.join(str(innermost).split())}"


class _Formatter(logging.Formatter):
    """Adds the turn to each line, and removes secrets from messages, arguments and tracebacks."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s%(turn)s", defaults={"turn": ""})
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._secrets, super().format(record))


def _add_turn(record: logging.LogRecord) -> bool:
    record.turn = _turn.get()
    return True


def _is_worth_reading(record: logging.LogRecord) -> bool:
    library = record.name.split(".")[0]
    return library not in _INDISCREET and (record.levelno >= logging.WARNING or library not in _CHATTY)


class _RepetitionFilter(logging.Filter):
    """Passes each warning of a repetitive logger at most once a minute, with the number of those left out."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[tuple[object, ...], float] = {}
        self._left_out: Counter[tuple[object, ...]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        if record.name not in _REPETITIVE or record.levelno < logging.WARNING:
            return True
        # asyncio names the task or socket after the first line.
        line = str(record.msg).partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        kind = (record.name, line, type(error), str(error))
        if record.created - self._passed_at.get(kind, -_REPEAT_INTERVAL) < _REPEAT_INTERVAL:
            self._left_out[kind] += 1
            return False
        self._forget(record.created)
        self._passed_at[kind] = record.created
        if not (more := self._left_out.pop(kind, 0)):
            return True
        counted = copy(record)
        counted.msg, counted.args = f"{record.getMessage()} (and {more} more since this was last logged)", None
        return counted

    def _forget(self, now: float) -> None:
        """Forget lines that were not repeated, so that the memory stays bounded if each error differs."""
        for kind, at in list(self._passed_at.items()):
            if now - at >= _REPEAT_INTERVAL and kind not in self._left_out:
                del self._passed_at[kind]


def _without_traceback(record: logging.LogRecord) -> logging.LogRecord:
    short = copy(record)
    short.exc_info = short.exc_text = None
    return short


def configure_logging(level: str, secrets: list[str], *, tracebacks: bool = True) -> None:
    """Send all log lines to standard error.

    Args:
        level: the lowest level that is logged. At DEBUG the lines of libraries are logged as well.
        secrets: texts to replace by `***`.
        tracebacks: False to leave out tracebacks.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter(secrets))
    handler.addFilter(_RepetitionFilter())
    handler.addFilter(_add_turn)
    if level != "DEBUG":
        handler.addFilter(_is_worth_reading)
    if not tracebacks:
        handler.addFilter(_without_traceback)
    logging.basicConfig(level=level, handlers=[handler], force=True)
