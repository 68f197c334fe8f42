"""The log: one readable line an event, without secrets and, at INFO, without the texts of messages."""

import logging
from collections import Counter
from copy import copy

# Each logs lines about every request or step at INFO. The Teams SDK resets the level of httpx whenever it makes a
# client, so the lines are dropped at the handler and not by a level.
_CHATTY = ("alembic", "azure", "httpx", "httpx2", "openai", "procrastinate")

# Repeats what it was sent when something is wrong with it. What is worth knowing of MCP servers Parley says itself.
_INDISCREET = ("mcp", "client")  # the second is a name that the `mcp` package gives

# Log a line for whatever strangers send, or a traceback for each connection that cannot be accepted.
_REPETITIVE = ("asyncio", "parley.connections", "uvicorn.error")

# Seconds between two of the same line of these.
_REPEAT_INTERVAL = 60.0

_SHORTEST_SECRET = 8  # characters


def hide(secrets: list[str], text: str) -> str:
    """The text with `***` for each of the secrets."""
    for secret in secrets:
        # A short one is no secret ("ollama" for a server that wants any key at all), and occurs in ordinary words.
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def causes_of(error: BaseException) -> list[BaseException]:
    """The error, and what has led to it."""
    causes = [error]
    while cause := causes[-1].__cause__:
        causes.append(cause)
    return causes


def cause_of(error: BaseException) -> str:
    """What has led to an error, in one line. What a client raises often says less than what it raises it from: that a
    request has timed out, when no connection could be made."""
    telling = next((cause for cause in reversed(causes_of(error)) if str(cause)), error)
    return f"{type(telling).__name__}: {' '.join(str(telling).split())}"


class _SecretsHidden(logging.Formatter):
    """Replaces secrets wherever they occur in a line: in a message, in an argument, in a traceback."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return hide(self._secrets, super().format(record))


def _is_worth_reading(record: logging.LogRecord) -> bool:
    library = record.name.split(".")[0]
    return library not in _INDISCREET and (record.levelno >= logging.WARNING or library not in _CHATTY)


class _RepetitionsLeftOut(logging.Filter):
    """Passes a warning of a repetitive library on at once, and then at most once a minute, with the number of those
    that were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[tuple[object, ...], float] = {}
        self._left_out: Counter[tuple[object, ...]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        if record.name not in _REPETITIVE or record.levelno < logging.WARNING:
            return True
        # Behind the first line, asyncio names the very task or socket.
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
        """Keep only what was logged lately or is still to be counted: errors may differ each time."""
        for kind, at in list(self._passed_at.items()):
            if now - at >= _REPEAT_INTERVAL and kind not in self._left_out:
                del self._passed_at[kind]


def _without_traceback(record: logging.LogRecord) -> logging.LogRecord:
    short = copy(record)
    short.exc_info = short.exc_text = None
    return short


def configure_logging(level: str, secrets: list[str], *, tracebacks: bool = True) -> None:
    """Send every log line to standard error.

    Args:
        level: the least severe level that is shown; at DEBUG the libraries' own lines are shown as well.
        secrets: texts that are replaced by `***`.
        tracebacks: whether it is shown where in the code an error has come from.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_SecretsHidden(secrets))
    handler.addFilter(_RepetitionsLeftOut())
    if level != "DEBUG":
        handler.addFilter(_is_worth_reading)
    if not tracebacks:
        handler.addFilter(_without_traceback)
    logging.basicConfig(level=level, handlers=[handler], force=True)
