"""Conversations of several people."""

from microsoft_teams.api import ConversationAccount


def is_group(conversation: ConversationAccount) -> bool:
    """Whether several people are in the conversation: a group chat or a channel.

    `isGroup` is absent in a 1:1 chat. The type is looked at as well, because streaming into a group is refused. Where
    both are missing, as in a click on a thumb, the id tells: those of groups begin in their own way.
    """
    if conversation.is_group is None and conversation.conversation_type is None:
        return conversation.id.startswith("19:")
    return bool(conversation.is_group) or conversation.conversation_type in ("groupChat", "channel")
