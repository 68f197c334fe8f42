"""The audience of a message: in a group, the bot answers only messages that mention it."""

from typing import Any, cast

from ..text import MENTION, is_html, plain_name

Json = dict[str, Any]

# The marks of a mention in the HTML copy of a message.
_IN_HTML = ("schema.skype.com/mention", "<at")


def is_for_bot(message: Json) -> bool:
    """True if a message is for the bot, or may be: an entity that cannot be read may have mentioned it.

    In a group, Teams sends the bot all messages if the app has the permission for that (agents-in-teams/
    enable-receive-all-chat-messages.md in MicrosoftDocs/msteams-docs).
    """
    conversation, bot = message["conversation"], message["recipient"]
    is_group = conversation.get("conversationType") in ("groupChat", "channel") or conversation.get("isGroup") is True
    if not is_group or bot.get("isTargeted"):
        return True
    entities, text = message.get("entities", []), message.get("text", "")
    if not isinstance(entities, list) or not isinstance(text, str):
        return True
    others: set[str] = set()
    for entity in cast(list[Any], entities):
        match entity:
            case {"type": str(kind), "mentioned": {"id": str(id), **account}} if kind.lower() == "mention":
                if id == bot["id"]:
                    return True
                names = (account.get("name"), cast(Json, entity).get("text"))
                others |= {plain_name(name) for name in names if isinstance(name, str)}
            case {"type": str(kind)} if kind.lower() != "mention":
                pass
            case _:
                return True
    if isinstance(name := bot.get("name"), str):
        others.discard(plain_name(name))  # an entity for this name may be one for the bot with a wrong id
    if any(plain_name(tag["name"]) not in others for tag in MENTION.finditer(text)):
        return True
    return not text.strip() and _may_mention_in_html(message.get("attachments"))


def _may_mention_in_html(attachments: object) -> bool:
    if not isinstance(attachments, list):
        return attachments is not None
    for attachment in cast(list[Any], attachments):
        match attachment:
            case {"contentType": str(kind), "content": str(content)} if is_html(kind):
                if any(mark in content.lower() for mark in _IN_HTML):
                    return True
            case _:
                pass
    return False
