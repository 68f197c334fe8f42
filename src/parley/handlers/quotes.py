"""What a person quotes: the messages that a message replies to."""

import re
import textwrap
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser

from microsoft_teams.api import MessageActivity

from ..chat import as_quoted

_HTML = "text/html"

# Stands in the text where Teams shows a quoted message.
_PLACE = re.compile(r"<quoted messageId=\"[^\"]*\"\s*/>")

# Characters. Teams itself shows a few hundred of what is quoted.
_LONGEST = 4000

# Quotes of a message that the model is shown.
_MOST = 5

# Characters of a message's HTML that are looked at. The quotes stand at its beginning.
_LONGEST_HTML = 65_536

# Of the words that Teams shows, so many letters tell where they stand. Letters alone, because Teams leaves the Markdown
# out, the numbers of a list perhaps with it.
_TELLING = 40
_LETTERS = re.compile(r"[^\W\d_]+")
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")


@dataclass(frozen=True)
class Quote:
    """A message that is quoted."""

    message_id: str
    author: str | None
    preview: str
    """As much of it as Teams tells."""

    def render(self, answer: str | None) -> str:
        """The quote for the model: at most 4,000 characters of it, and `[…]` where there were more.

        `answer` is what the message holds a part of, if that is known. It is shown in place of the preview if the words
        of the preview are among those of it that are shown.
        """
        text = answer if answer and _has(answer[:_LONGEST], self.preview) else self.preview
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} […]"
        return as_quoted(textwrap.indent(shown, "> ", lambda _line: True), self.author)


def quotes_in(message: MessageActivity) -> list[Quote]:
    """The first five quotes of a message, in their order, without those of messages that are deleted.

    Teams tells of them in entities (microsoft/teams.py#321). Clients that do not yet do so put them into the HTML copy
    of the message alone.
    """
    if told := [entity.quoted_reply for entity in message.get_quoted_messages()]:
        quotes = [
            Quote(data.message_id, data.sender_name, data.preview or "") for data in told if not data.is_reply_deleted
        ]
    else:
        html = next((file.content for file in message.attachments or () if file.content_type == _HTML), None)
        quotes = _read_html(html) if isinstance(html, str) else []
    return [quote for quote in quotes if quote.preview][:_MOST]


def without_quotes(text: str) -> str:
    """The text of a message without the places of its quotes."""
    return _PLACE.sub("", text)


def _has(text: str, words: str) -> bool:
    """Whether the words stand in the text, as far as letters tell."""
    letters, wanted = _letters(text), _letters(words)
    return 0 <= letters.find(wanted[:_TELLING]) <= len(letters) - len(wanted)


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(_LINK_TARGET.sub("]", text)))


def _read_html(html: str) -> list[Quote]:
    reader = _BlockquoteReader()
    with suppress(AssertionError):  # by which the parser says that a declaration is none
        reader.feed(html[:_LONGEST_HTML])
    return reader.quotes


class _BlockquoteReader(HTMLParser):
    """Finds the quotes in the HTML of a message: a `blockquote` each, with the author's name and the text inside."""

    def __init__(self) -> None:
        super().__init__()
        self.quotes: list[Quote] = []
        self._id: str | None = None
        self._part = ""
        self._texts: dict[str, list[str]] = defaultdict(list)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "blockquote" and (attributes.get("itemtype") or "").endswith("schema.skype.com/Reply"):
            self._id = attributes.get("itemid") or ""
            self._texts.clear()
        if attributes.get("itemprop"):
            self._part = attributes["itemprop"] or ""
        elif tag == "br":
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        self._texts[self._part].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("strong", "p"):
            self._part = ""
        if tag == "blockquote" and self._id is not None:
            # `copy` is the whole text, which only some clients send.
            text = self._text("copy") or self._text("preview")
            self.quotes.append(Quote(self._id, self._text("mri") or None, text.strip()))
            self._id = None

    def _text(self, part: str) -> str:
        return "".join(self._texts[part])
