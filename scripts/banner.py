"""The lines that scripts/run.py prints after the start."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping

import local_models

SHOWN = 3
"""The largest number of local models in the lines."""


class Banner:
    """The address, the model, how to connect a real one, and how to stop.

    If the demo model answers, a thread searches this machine for real models during the start.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Start the search; `settings` are those of the bot."""
        self._model = _describe(settings)
        self._found: list[str] = []
        self._search = None if self._model else threading.Thread(target=self._look, daemon=True)
        if self._search:
            self._search.start()

    def _look(self) -> None:
        self._found = local_models.find()

    def show(self, address: str) -> None:
        """Print the lines."""
        lines = [address, f"Answers come from {self._model or 'the demo model'}"]
        if self._search:
            self._search.join(timeout=0.5)
            lines.append(_advice(self._found))
        print("", *lines, "Ctrl-C stops", "", sep="\n", flush=True)


def _describe(settings: Mapping[str, str]) -> str:
    """Return the bot's model and the server of it; empty for the demo model."""
    azure, address = settings.get("AZURE_OPENAI_ENDPOINT"), settings.get("OPENAI_BASE_URL")
    if not (azure or address or settings.get("OPENAI_API_KEY")):
        return ""
    host = (azure or address or "").partition("://")[2].partition("/")[0]
    return f"{settings.get('AZURE_OPENAI_MODEL' if azure else 'OPENAI_MODEL')} at {host or 'OpenAI'}"


def _advice(found: list[str]) -> str:
    if not found:
        return "For a real model, set OPENAI_API_KEY and OPENAI_MODEL in .env, or see README.md"
    first, *others = found[:SHOWN]
    more = f" (also here: {', '.join(others)})" if others else ""
    python = "py" if sys.platform == "win32" else "python3"
    return f"For a real model of this machine: {python} scripts/run.py --model {first}{more}"
