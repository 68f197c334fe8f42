"""What a message brings along, as Teams tells it.

A file from the paperclip has a URL that is good for a short time and needs no token (bots/how-to/bots-filesv4.md in
MicrosoftDocs/msteams-docs). A pasted picture has a URL at the connector, which wants the bot's own token
(https://microsoft.github.io/teams-sdk/python/in-depth-guides/file-handling/receiving-inline-images).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, cast

from microsoft_teams.api import Attachment, MessageActivity

_FILE = "application/vnd.microsoft.teams.file.download.info"

_LONGEST_NAME = 80  # characters


@dataclass(frozen=True)
class Upload:
    """A thing that a person has attached to a message."""

    name: str
    """On one line, not too long, and without what could end a reference to it."""
    url: str = ""
    """Where it can be downloaded; empty if nowhere, or if it can be of no use."""
    connector: str | None = None
    """The connector that it is at, by its URL; None for a file, which is elsewhere."""
    extension: str = ""
    """In lower case, without a dot; empty if there is none."""


def uploads_of(message: MessageActivity) -> list[Upload]:
    """What the person has attached, in order.

    Whatever else Teams calls an attachment is none: the text once more as HTML, the cards of links, quoted messages.
    """
    return list(_uploads(message))


def _uploads(message: MessageActivity) -> Iterator[Upload]:
    for attachment in message.attachments or ():
        kind = (attachment.content_type or "").lower()
        if kind == _FILE:
            yield _file(attachment)
        elif kind.startswith("image/"):
            yield Upload(_clean(attachment.name, "picture"), attachment.content_url or "", message.service_url or "")
        elif attachment.content_url and kind.startswith(("application/", "audio/", "text/", "video/")):
            if not kind.startswith(("application/vnd.microsoft.", "text/html")):
                yield Upload(_clean(attachment.name, kind))


def _file(attachment: Attachment) -> Upload:
    told: object = attachment.content
    content = cast(dict[str, Any], told) if isinstance(told, dict) else {}
    url, extension = content.get("downloadUrl"), content.get("fileType")
    name = attachment.name or ""
    if not isinstance(extension, str) or not extension:
        extension = PurePath(name).suffix
    return Upload(_clean(name, "file"), url if isinstance(url, str) else "", None, extension.removeprefix(".").lower())


def _clean(name: str | None, default: str) -> str:
    kept = "".join(" " if character in "[]`" or not character.isprintable() else character for character in name or "")
    return " ".join(kept.split())[:_LONGEST_NAME] or default
