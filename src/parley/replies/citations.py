"""The sources that an answer cites, by the rules of bots/how-to/bot-messages-ai-generated-content.md in
MicrosoftDocs/msteams-docs.

1. A citation has the number that stands in the text, as `[n]`, and no other citation of the message has it.
2. At most 20 in a message; Teams refuses a message with more.
3. A title of at most 80 characters, an abstract of at most 160.

A number that stands for no source stays as it is: it may be anything, such as an index.
"""

import re

from microsoft_teams.api import CitationAppearance, MessageActivityInput

from ..tools.sources import Source

MOST = 20
_LONGEST_TITLE = 80
_LONGEST_ABSTRACT = 160

# A number in code, an image's and a link's text are no citations.
_MARKS = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|(?<![\\!])\[([1-9][0-9]{0,3})\](?!\()", re.DOTALL)


class Citations:
    """The sources of one answer, whose messages each cite what they hold."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def number(self, source: Source) -> int:
        """The number of the source, from 1; that of an earlier one with the same URL if there is one."""
        urls = [known.url for known in self._sources]
        if source.url not in urls:
            self._sources.append(source)
            return len(self._sources)
        return urls.index(source.url) + 1

    def add_to(self, message: MessageActivityInput) -> None:
        """Add the sources whose numbers stand in the message's text."""
        numbers = [int(mark[1]) for mark in _MARKS.finditer(message.text or "") if mark[1]]
        cited = [number for number in dict.fromkeys(numbers) if number <= len(self._sources)]
        for number in cited[:MOST]:
            message.add_citation(number, _appearance(self._sources[number - 1]))


def _appearance(source: Source) -> CitationAppearance:
    title = _fit(source.title, _LONGEST_TITLE) or _fit(source.url, _LONGEST_TITLE)
    return CitationAppearance(name=title, url=source.url, abstract=_fit(source.abstract, _LONGEST_ABSTRACT) or title)


def _fit(text: str, limit: int) -> str:
    """As much of the text, on one line, as Teams takes; of a character of two UTF-16 units it counts both."""
    line = " ".join(text.split())
    units = line.encode("utf-16-le", "surrogatepass")
    if len(units) <= limit * 2:
        return line
    return units[: (limit - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"
