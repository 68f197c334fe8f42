"""The log: one readable line an event, without secrets and, at INFO, without the texts of messages."""

import logging

# Each logs lines about every request or step at INFO. The Teams SDK resets the level of httpx whenever it makes a
# client, so the lines are dropped at the handler and not by a level.
_CHATTY = ("alembic", "azure", "httpx", "httpx2", "openai", "procrastinate")

# Repeats what it was sent when something is wrong with it. What is worth knowing of MCP servers Parley says itself.
_INDISCREET = ("mcp",)

_SHORTEST_SECRET = 8  # characters


class _SecretsHidden(logging.Formatter):
    """Replaces secrets wherever they occur in a line: in a message, in an argument, in a traceback."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        # A short one is no secret ("ollama" for a server that wants any key at all), and occurs in ordinary words.
        self._secrets = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


def _is_worth_reading(record: logging.LogRecord) -> bool:
    library = record.name.split(".")[0]
    return library not in _INDISCREET and (record.levelno >= logging.WARNING or library not in _CHATTY)


def configure_logging(level: str, secrets: list[str]) -> None:
    """Send every log line to standard error.

    Args:
        level: the least severe level that is shown; at DEBUG the libraries' own lines are shown as well.
        secrets: texts that are replaced by `***`.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_SecretsHidden(secrets))
    if level != "DEBUG":
        handler.addFilter(_is_worth_reading)
    logging.basicConfig(level=level, handlers=[handler], force=True)
