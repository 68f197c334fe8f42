"""What the handlers work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from microsoft_teams.api import MessageActivity

from ..allowance import Allowance, Tenants
from ..attachments import Reader
from ..chat import Chat
from ..feedback.opinions import Opinions
from ..language import Language
from ..replies import Replies, Reply, is_group
from ..tools import ToolContext
from ..turn import Turn


@dataclass(frozen=True)
class Services:
    """What all handlers have in common."""

    chat: Chat
    reader: Reader
    replies: Replies
    tenants: Tenants
    allowance: Allowance
    opinions: Opinions


@dataclass(frozen=True)
class Asked:
    """A message that is being answered."""

    message: MessageActivity
    turn: Turn
    reply: Reply
    say: Language
    """Says the bot's own lines in the person's language."""
    surroundings: ToolContext
    """What the tools may know of it."""
    is_of_owner: Callable[[], Awaitable[bool]]
    """Asks Teams whether the user is an owner of the team or the group."""

    @property
    def in_group(self) -> bool:
        """Whether it is read by several people."""
        return is_group(self.message.conversation)

    @property
    def conversation_id(self) -> str:
        return self.message.conversation.id
