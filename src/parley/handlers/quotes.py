"""What a person quotes: the messages that a message replies to."""

import re
import textwrap
from dataclasses import dataclass
from html.parser import HTMLParser

from microsoft_teams.api import MessageActivity

from ..chat import as_quoted

# Stands in the text where Teams shows a quoted message.
_PLACE = re.compile(r"<quoted messageId=\"[^\"]*\"\s*/>")

# Characters. Teams itself shows a few hundred of what is quoted.
_LONGEST = 4000


@dataclass(frozen=True)
class Quote:
    """A message that is quoted."""

    message_id: str
    author: str | None
    preview: str
    """As much of it as Teams shows."""

    def render(self, whole: str | None) -> str:
        """The quote for the model; `whole` is all of the message, if that is known."""
        text = textwrap.indent((whole or self.preview)[:_LONGEST], "> ", lambda _line: True)
        return as_quoted(text, self.author)


def quotes_in(message: MessageActivity) -> list[Quote]:
    """The quotes of a message, in their order.

    Teams tells of them in entities (microsoft/teams.py#321). Clients that do not yet do so put them into the HTML copy
    of the message alone.
    """
    entities = [entity.quoted_reply for entity in message.get_quoted_messages()]
    quotes = [Quote(data.message_id, data.sender_name, data.preview or "") for data in entities]
    if not quotes:
        for attachment in message.attachments or ():
            if attachment.content_type == "text/html" and isinstance(attachment.content, str):
                quotes += _read_html(attachment.content)
    return [quote for quote in quotes if quote.preview]


def without_quotes(text: str) -> str:
    """The text of a message without the places of its quotes."""
    return _PLACE.sub("", text)


def _read_html(html: str) -> list[Quote]:
    reader = _BlockquoteReader()
    reader.feed(html)
    return reader.quotes


class _BlockquoteReader(HTMLParser):
    """Finds the quotes in the HTML of a message: a `blockquote` each, with the author's name and the text inside."""

    def __init__(self) -> None:
        super().__init__()
        self.quotes: list[Quote] = []
        self._id: str | None = None
        self._part = ""
        self._texts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "blockquote" and (attributes.get("itemtype") or "").endswith("schema.skype.com/Reply"):
            self._id, self._texts = attributes.get("itemid") or "", {}
        if attributes.get("itemprop"):
            self._part = attributes["itemprop"] or ""
        elif tag == "br":
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        self._texts[self._part] = self._texts.get(self._part, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("strong", "p"):
            self._part = ""
        if tag == "blockquote" and self._id is not None:
            # `copy` is the whole text, which only some clients send.
            text = self._texts.get("copy") or self._texts.get("preview") or ""
            self.quotes.append(Quote(self._id, self._texts.get("mri"), text.strip()))
            self._id = None
