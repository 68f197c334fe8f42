"""The lines of the bot in English. Tests name them by their ids: only `tests/language` repeats their words."""

import re

from parley.language import LineId, localizer_for

line = localizer_for("en")
"""An English line with its values: `line("using-tool", tool="web search")`."""


def incident_in(text: str, failure: LineId, *, below: str = "") -> str | None:
    """The id of the incident, if `text` is the line of this failure, alone or `below` the beginning of an answer.
    `None` if `text` is anything else."""
    before, after = line("failure-with-id", what=line(failure), id="\N{NUMERO SIGN}").split("\N{NUMERO SIGN}")
    beginning = f"{below}\n\n{before}" if below else before
    found = re.fullmatch(f"{re.escape(beginning)}([0-9a-f]{{8}}){re.escape(after)}", text)
    return found[1] if found else None
