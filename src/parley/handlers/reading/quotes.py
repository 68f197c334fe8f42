"""The quotes of a message: the messages that it replies to, and those that it forwards."""

import re
import textwrap
from dataclasses import dataclass

from microsoft_teams.api import MessageActivity
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from ...attachments import html_copy_of, read_html
from ...chat import as_quoted

# The place of a quoted message in the text.
_PLACE = re.compile(r"<quoted messageId=\"[^\"]*\"\s*/>")

# Characters of a quote. Teams itself shows some hundreds.
_LONGEST = 4000

# Quotes of one message.
_MOST = 5

# A word, with the beginning of its line if it is the first one.
_WORD = re.compile(r"((?:^|\n)[ \t]*)?(\S+)")

# Letters of a preview by which it is found in an answer. Letters alone, because Teams drops Markdown from previews,
# numbers of lists included.
_MATCHED = 40
_LETTERS = re.compile(r"[^\W\d_]+")
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _User(_Part):
    display_name: str | None = None


class _Sender(_Part):
    user: _User | None = None
    application: _User | None = None

    @property
    def name(self) -> str | None:
        account = self.user or self.application
        return account.display_name if account else None


class _Reference(_Part):
    """A message that another one refers to (`chatMessageAttachment` in Microsoft Graph)."""

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
    """The beginning of its text, or all of it."""

    def render(self, answer: str | None) -> str:
        """Return the quote for the model, at most 4,000 characters and `[…]`.

        Args:
            answer: the bot's answer that the message is a part of, if there is one. It replaces the preview if the
                preview stands in its first 4,000 characters.
        """
        text = answer if answer and _contains(answer[:_LONGEST], self.preview) else self.preview
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} […]"
        return as_quoted(textwrap.indent(shown, "> ", lambda _line: True), self.author)


def quotes_in(message: MessageActivity) -> list[Quote]:
    """Return the first five quotes of a message, in order, without those of deleted messages.

    Teams sends replies as entities (microsoft/teams.py#321). Older clients have them only in the HTML copy of the
    message, or as attached references. Forwards are in the copy or references, too.
    """
    if replied := [entity.quoted_reply for entity in message.get_quoted_messages()]:
        replies = [
            Quote(data.message_id, data.sender_name, data.preview or "")
            for data in replied
            if not data.is_reply_deleted
        ]
    else:
        replies = _in_html(message, "reply") or _references(message, "messageReference")
    return [quote for quote in [*replies, *_forwards(message)] if quote.preview][:_MOST]


def without_quotes(text: str) -> str:
    """Return the text of a message without the places of its quotes."""
    return _PLACE.sub("", text)


def without_forwards(text: str, message: MessageActivity) -> str:
    """Return the text of a message without the text that it forwards, which some clients repeat in it."""
    for forward in _forwards(message):
        if repeated := _find_repeated(forward.preview[:_LONGEST].split(), text):
            text = text[: repeated[0]] + text[repeated[1] :]
    return text


def _find_repeated(words: list[str], text: str) -> tuple[int, int] | None:
    """Return the last lines of the text that begin with the words, with whatever space between them: start and end.

    The words are compared as one string: word by word, 4,000 characters would take seconds.
    """
    found = [*_WORD.finditer(text)]
    flat, wanted = " ".join(word[2] for word in found), " ".join(words)
    at = len(flat) + 1
    for place, word in reversed([*enumerate(found)]):
        at -= len(word[2]) + 1
        if wanted and word[1] is not None and flat.startswith(wanted, at):
            end = at + len(wanted)
            follower = flat[end : end + 1]
            if not (follower.isalnum() or follower == "_"):
                return word.start(), found[place + len(words) - 1].start(2) + len(words[-1])
    return None


def _forwards(message: MessageActivity) -> list[Quote]:
    return (_in_html(message, "forward") or _references(message, "forwardedMessageReference"))[:_MOST]


def _in_html(message: MessageActivity, kind: str) -> list[Quote]:
    passages = html_copy_of(message).passages
    return [Quote(found.message_id, found.author, found.text) for found in passages if found.kind == kind]


def _references(message: MessageActivity, kind: str) -> list[Quote]:
    """The messages to which attachments refer, each by an object in JSON."""
    found = [file.content for file in message.attachments or () if file.content_type == kind]
    return [_read_reference(content) for content in found]


def _read_reference(content: object) -> Quote:
    try:
        is_text = isinstance(content, str)
        read = _Reference.model_validate_json(content) if is_text else _Reference.model_validate(content)
    except ValidationError:
        return Quote("", None, "")
    text = read.message_preview or read_html(read.original_message_content or "").words
    author = read.message_sender or read.original_message_sender
    return Quote(read.message_id or read.original_message_id or "", author.name if author else None, text)


def _contains(text: str, preview: str) -> bool:
    """True if the letters of a preview stand in the text."""
    letters, wanted = _letters(text), _letters(preview)
    return 0 <= letters.find(wanted[:_MATCHED]) <= len(letters) - len(wanted)


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(_LINK_TARGET.sub("]", text)))
