"""How an answer reaches Teams: streamed into a 1:1 chat, in one message into a group."""

from typing import Any

from microsoft_teams.api import ConversationAccount
from microsoft_teams.apps import ActivityContext

from .full import FullReply
from .reply import Reply
from .streamed import StreamedReply

__all__ = ["Reply", "is_group", "open_reply"]


def is_group(conversation: ConversationAccount) -> bool:
    """Whether several people are in the conversation: a group chat or a channel.

    `isGroup` is absent in a 1:1 chat. The type is looked at as well, because streaming into a group is refused.
    """
    return bool(conversation.is_group) or conversation.conversation_type in ("groupChat", "channel")


def open_reply(ctx: ActivityContext[Any]) -> Reply:
    """The reply to the activity, in the way that its conversation allows."""
    return FullReply(ctx) if is_group(ctx.activity.conversation) else StreamedReply(ctx)
