"""The files of a message, as Teams describes them, and notices about those that cannot be read.

A file from the paperclip has a URL that is good for a short time and needs no token (bots/how-to/bots-filesv4.md in
MicrosoftDocs/msteams-docs). A pasted picture has a URL at the connector, which wants the bot's own token
(https://microsoft.github.io/teams-sdk/python/in-depth-guides/file-handling/receiving-inline-images).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, cast

from microsoft_teams.api import Attachment, MessageActivity

from ..extraction import Problem
from ..http import LOOPBACK
from ..text import is_html
from .html_copy import HtmlCopy, host_of, html_copy_of, is_animated, is_emoji

_FILE = "application/vnd.microsoft.teams.file.download.info"

_DIGITS_OF_TIME = 13  # of milliseconds since 1970

_LONGEST_NAME = 80  # characters


@dataclass(frozen=True)
class Notice:
    """A problem with an attachment, for the user."""

    problem: Problem
    name: str


@dataclass(frozen=True)
class Upload:
    """A file or picture that the user has attached."""

    name: str
    """On one line, at most 80 characters, without brackets and backticks."""
    url: str = ""
    """Empty if it cannot be downloaded, or is of no use."""
    connector: str | None = None
    """The URL of the connector for a pasted picture; None for a file, which is elsewhere."""
    extension: str = ""
    """In lower case, without a dot; may be empty."""


def uploads_of(message: MessageActivity) -> list[Upload]:
    """Return the files and pictures of a message, in order.

    Teams' other attachments are left out: the copy in HTML, cards of links, quoted messages, emoji, GIFs and stickers.
    """
    return list(_uploads(message))


def unread_of(message: MessageActivity, *, in_group: bool) -> list[Notice]:
    """Return notices about the parts of a message that cannot be read.

    These are GIFs and stickers, the rest of a very long text, and in a group all files: Teams sends bots only their
    places (bots/how-to/bots-filesv4.md in MicrosoftDocs/msteams-docs).
    """
    copy = html_copy_of(message)
    shown = copy.animated | {
        _url(picture): copy.animated.get(_url(picture), "")
        for picture in _pictures(message)
        if not _is_emoji(picture, copy) and _is_animated(picture, message, copy)
    }
    notices = [Notice(Problem.ANIMATED, _clean(name, "GIF")) for name in shown.values()]
    if copy.is_cut and len(message.text or "") < len(copy.words):  # the text itself is not whole
        notices.append(Notice(Problem.CUT, "message"))
    if in_group:
        notices += [Notice(Problem.ONLY_IN_CHAT, name) for name in _out_of_reach(message, copy)]
    return notices


def _pictures(message: MessageActivity) -> list[Attachment]:
    return [file for file in message.attachments or () if (file.content_type or "").lower().startswith("image/")]


def _url(attachment: Attachment) -> str:
    return attachment.content_url or ""


def _is_emoji(picture: Attachment, copy: HtmlCopy) -> bool:
    return _url(picture) in copy.emoji_urls or is_emoji(_url(picture))


def _is_animated(picture: Attachment, message: MessageActivity, copy: HtmlCopy) -> bool:
    """True if a picture is a GIF or a sticker of a collection. Pasted pictures are at the connector."""
    url = _url(picture)
    if url in copy.animated or is_animated(url):
        return True
    is_gif = (picture.content_type or "").lower() == "image/gif"
    return is_gif and host_of(url) not in LOOPBACK | {"", host_of(message.service_url or "")}


def _out_of_reach(message: MessageActivity, copy: HtmlCopy) -> Iterator[str]:
    """The names of the files and pictures of a message in a group, or general ones if Teams does not send them."""
    others = [file for file in message.attachments or () if not is_html(file.content_type)]
    for file in others:
        if (file.content_type or "").lower() == "reference":
            yield _clean(file.name, "file")
    ids = [(file.model_extra or {}).get("id") for file in others]
    # The place of a quoted message has the time of that message as its id.
    places = [id for id in copy.attachment_ids - {*map(str, ids)} if not _is_time(id)]
    yield from ["file"] * (len(places) - ids.count(None))
    if copy.has_pictures and not _pictures(message):
        yield "picture"


def _is_time(id: str) -> bool:
    return id.isdecimal() and len(id) >= _DIGITS_OF_TIME


def _uploads(message: MessageActivity) -> Iterator[Upload]:
    copy = html_copy_of(message)
    for attachment in message.attachments or ():
        kind = (attachment.content_type or "").lower()
        if kind == _FILE:
            yield _file(attachment)
        elif kind.startswith("image/"):
            if _is_emoji(attachment, copy) or _is_animated(attachment, message, copy):
                continue
            yield Upload(_clean(attachment.name, "picture"), attachment.content_url or "", message.service_url or "")
        elif attachment.content_url and kind.startswith(("application/", "audio/", "text/", "video/")):
            if not kind.startswith("application/vnd.microsoft.") and not is_html(kind):
                yield Upload(_clean(attachment.name, kind))


def _file(attachment: Attachment) -> Upload:
    described: object = attachment.content
    content = cast(dict[str, Any], described) if isinstance(described, dict) else {}
    url, extension = content.get("downloadUrl"), content.get("fileType")
    name = attachment.name or ""
    if not isinstance(extension, str) or not extension:
        extension = PurePath(name).suffix
    return Upload(_clean(name, "file"), url if isinstance(url, str) else "", None, extension.removeprefix(".").lower())


def _clean(name: str | None, default: str) -> str:
    kept = "".join(" " if character in "[]`" or not character.isprintable() else character for character in name or "")
    return " ".join(kept.split())[:_LONGEST_NAME] or default
