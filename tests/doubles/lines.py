"""The lines of the catalogues. Tests name them by id: only `tests/language` repeats their texts."""

import re
from pathlib import Path

from fluent.runtime import FluentResource
from fluent.syntax.ast import EntryType, Message, VariableReference
from fluent.syntax.visitor import Visitor

import parley
from parley.language import LineId, as_failure, localizer_for

line = localizer_for("en")
"""Return an English line with its values: `line("using-tool", tool="web search")`."""


def incident_in(text: str, failure: LineId, *, below: str = "") -> str | None:
    """Return the incident's id if `text` is the line of this failure with any advice, else `None`. The line may stand
    alone or `below` the beginning of an answer."""
    id, command = "\N{NUMERO SIGN}", "\N{SECTION SIGN}"
    advice = [line("try-later"), line("tell-administrator"), line("run-doctor", command=command)] + [
        line(check, settings=settings, command=command)
        for check in ("check-server", "check-settings")
        for settings in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL, OPENAI_BASE_URL")
    ]
    what = line(failure)
    lines = [line("failure-with-id", what=what, id=id)]
    lines += [line("failure-with-advice", what=what, advice=each, id=id) for each in advice]
    beginning = f"{below}\n\n" if below else ""
    for each in lines:
        pattern = re.escape(beginning + as_failure(each)).replace(command, '[^"]+').replace(id, "([0-9a-f]{8})")
        if found := re.fullmatch(pattern, text):
            return found[1]
    return None


def entries_of(tag: str) -> list[EntryType]:
    """Parse a catalogue."""
    catalogue = Path(parley.__file__).parent / f"language/catalogues/{tag}.ftl"
    return FluentResource(catalogue.read_text(encoding="utf-8")).body


def messages_of(tag: str) -> dict[str, Message]:
    """The lines of a catalogue by their ids."""
    return {entry.id.name: entry for entry in entries_of(tag) if isinstance(entry, Message)}


def values_of(message: Message) -> set[str]:
    """The names of the values in a line."""
    visitor = _Values()
    visitor.visit(message)
    return visitor.names


class _Values(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: VariableReference) -> None:
        self.names.add(node.id.name)
