"""What a person quotes: the messages that a message replies to."""

import re
import textwrap
from dataclasses import dataclass

from microsoft_teams.api import MessageActivity
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from ..attachments import html_copy_of, read_html
from ..chat import as_quoted

# Stands in the text where Teams shows a quoted message.
_PLACE = re.compile(r"<quoted messageId=\"[^\"]*\"\s*/>")

# Characters. Teams itself shows a few hundred of what is quoted.
_LONGEST = 4000

# Quotes of a message that the model is shown.
_MOST = 5

# Of the words that Teams shows, so many letters tell where they stand. Letters alone, because Teams leaves the Markdown
# out, the numbers of a list perhaps with it.
_TELLING = 40
_LETTERS = re.compile(r"[^\W\d_]+")
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _User(_Told):
    display_name: str | None = None


class _Sender(_Told):
    user: _User | None = None
    application: _User | None = None

    @property
    def name(self) -> str | None:
        account = self.user or self.application
        return account.display_name if account else None


class _Reference(_Told):
    """What Teams tells of a message that another one refers to (`chatMessageAttachment` in Microsoft Graph)."""

    message_id: str | None = None
    message_preview: str | None = None
    message_sender: _Sender | None = None
    original_message_id: str | None = None
    original_message_content: str | None = None
    original_message_sender: _Sender | None = None


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
    """The first five quotes of a message, in their order, without those of messages that are deleted: what it replies
    to, and what it forwards.

    Teams tells of replies in entities (microsoft/teams.py#321). Clients that do not yet do so put them into the HTML
    copy of the message alone, or attach them as references.
    """
    if told := [entity.quoted_reply for entity in message.get_quoted_messages()]:
        replies = [
            Quote(data.message_id, data.sender_name, data.preview or "") for data in told if not data.is_reply_deleted
        ]
    else:
        replies = _in_html(message, "reply") or _references(message, "messageReference")
    return [quote for quote in [*replies, *_forwards(message)] if quote.preview][:_MOST]


def without_quotes(text: str) -> str:
    """The text of a message without the places of its quotes."""
    return _PLACE.sub("", text)


def without_forwards(text: str, message: MessageActivity) -> str:
    """The text of a message without the words that it forwards, which some clients repeat in it."""
    for forward in _forwards(message):
        words = forward.preview[:_LONGEST].split()
        repeated = re.compile(rf"(^|\n)[ \t]*{r'\s+'.join(map(re.escape, words))}(?!\w)") if words else None
        if repeated and (found := [*repeated.finditer(text)]):
            text = text[: found[-1].start()] + text[found[-1].end() :]
    return text


def _forwards(message: MessageActivity) -> list[Quote]:
    return (_in_html(message, "forward") or _references(message, "forwardedMessageReference"))[:_MOST]


def _in_html(message: MessageActivity, kind: str) -> list[Quote]:
    passages = html_copy_of(message).passages
    return [Quote(found.message_id, found.author, found.text) for found in passages if found.kind == kind]


def _references(message: MessageActivity, kind: str) -> list[Quote]:
    """The messages to which a message refers by attachments, each an object in JSON."""
    found = [file.content for file in message.attachments or () if file.content_type == kind]
    return [_read_reference(content) for content in found]


def _read_reference(content: object) -> Quote:
    try:
        is_text = isinstance(content, str)
        told = _Reference.model_validate_json(content) if is_text else _Reference.model_validate(content)
    except ValidationError:
        return Quote("", None, "")
    text = told.message_preview or read_html(told.original_message_content or "").words
    author = told.message_sender or told.original_message_sender
    return Quote(told.message_id or told.original_message_id or "", author.name if author else None, text)


def _has(text: str, words: str) -> bool:
    """Whether the words stand in the text, as far as letters tell."""
    letters, wanted = _letters(text), _letters(words)
    return 0 <= letters.find(wanted[:_TELLING]) <= len(letters) - len(wanted)


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(_LINK_TARGET.sub("]", text)))
