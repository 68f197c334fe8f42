"""Citations, by the rules of bots/how-to/bot-messages-ai-generated-content.md in MicrosoftDocs/msteams-docs.

1. A citation's number appears in the text as `[n]`, and is unique in the message.
2. A message has 20 citations at most; Teams refuses one with more.
3. A title has 80 characters at most, an abstract 160.

A number without a source stays in the text as it is: it may be something else, such as an index.
"""

import regex
from microsoft_teams.api import CitationAppearance, MessageActivityInput

from ..markdown.tokenizer import SPAN, read_lines
from ..tools.sources import Source

_MOST = 20
_LONGEST_TITLE = 80
_LONGEST_ABSTRACT = 160

# Group `number` is empty for an escape, inline code or an image. The text of a link is no citation.
_MARK = regex.compile(rf"{SPAN}|(?<!!)\[(?P<number>[1-9][0-9]{{0,3}})\](?!\()")


def citation_number(source: Source, sources: list[Source]) -> int:
    """Return the source's number, from 1. A source with a new URL is added to the `sources`."""
    urls = [known.url for known in sources]
    if source.url not in urls:
        sources.append(source)
        return len(sources)
    return urls.index(source.url) + 1


def add_citations(message: MessageActivityInput, sources: list[Source]) -> None:
    """Add a citation for each of the sources whose number stands in the message's text."""
    cited = [number for number in dict.fromkeys(_numbers_in(message.text or "")) if number <= len(sources)]
    for number in cited[:_MOST]:
        message.add_citation(number, _appearance(sources[number - 1]))


def _numbers_in(text: str) -> list[int]:
    marks = [mark for line in read_lines(text) if not line.is_code for mark in _MARK.finditer(line.text)]
    return [int(mark["number"]) for mark in marks if mark["number"]]


def _appearance(source: Source) -> CitationAppearance:
    title = _shorten(source.title, _LONGEST_TITLE) or _shorten(source.url, _LONGEST_TITLE)
    return CitationAppearance(
        name=title, url=source.url, abstract=_shorten(source.abstract, _LONGEST_ABSTRACT) or title
    )


def _shorten(text: str, limit: int) -> str:
    """Put the text on one line of at most `limit` UTF-16 units, which is how Teams counts characters."""
    line = " ".join(text.split())
    units = line.encode("utf-16-le", "surrogatepass")
    if len(units) <= limit * 2:
        return line
    return units[: (limit - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"
