"""The services that handlers share, and the context of one turn."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from microsoft_teams.api import Account, ApiClient, ChannelData, ClientInfoEntity, ConversationAccount, MessageActivity

from ..attachments import Reader
from ..chat import Chat
from ..feedback.store import FeedbackStore
from ..http import leads_elsewhere
from ..language import Localizer
from ..limits import Tenants, UsageLimits
from ..replies import Replies, Reply, is_group
from ..tools import Member, Members, MembersUnknownError, ToolContext
from ..tools.context import ConversationKind
from ..turn import Turn

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """What all handlers have in common."""

    chat: Chat
    reader: Reader
    replies: Replies
    tenants: Tenants
    allowance: UsageLimits
    opinions: FeedbackStore


@dataclass(frozen=True)
class TurnContext:
    """A message that is being answered."""

    message: MessageActivity
    turn: Turn
    reply: Reply
    say: Localizer
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


# Teams gives 50 people at a time at least (bots/how-to/get-teams-context.md in MicrosoftDocs/msteams-docs). More names
# are of no use to the model, and cost.
MOST_MEMBERS = 100

# What Teams calls an ordinary member.
_ORDINARY = "user"

# An id that may stand in the path of a request.
_IN_PATH = re.compile(r"[\w:@=-][\w:@.=-]*")

# What Teams calls who may change the members.
_OWNER = "owner"


def read_surroundings(message: MessageActivity, api: ApiClient) -> ToolContext:
    """What the tools may know of the turn that answers the message."""
    return ToolContext(
        person_id=user_id_of(message.from_),
        person_name=message.from_.name,
        locale=message.locale,
        time_zone=_time_zone(message),
        conversation_id=message.conversation.id,
        conversation_kind=_kind(message.conversation),
        members=lambda: _members(message, api),
    )


def _time_zone(message: MessageActivity) -> str | None:
    """Teams tells the time zone twice, in an entity and in a field that the SDK does not know."""
    told = [entity.timezone for entity in message.entities or [] if isinstance(entity, ClientInfoEntity)]
    field: object = (message.model_extra or {}).get("localTimezone")
    return next((zone for zone in [*told, field] if isinstance(zone, str) and zone), None)


def _kind(conversation: ConversationAccount) -> ConversationKind:
    match conversation.conversation_type:
        case "channel":
            return "channel"
        case "groupChat":
            return "groupChat"
        case _:
            return "groupChat" if conversation.is_group else "personal"


async def _members(message: MessageActivity, api: ApiClient) -> Members:
    try:
        page = await api.conversations.get_paged_members(_roster(message), MOST_MEMBERS)
    except httpx.HTTPStatusError as error:
        if error.response.status_code in (403, 404):
            raise MembersUnknownError from error
        raise
    people = [Member(member.name, _role(member.user_role)) for member in page.members if member.name]
    return Members(people[:MOST_MEMBERS], are_all=not page.continuation_token and len(people) <= MOST_MEMBERS)


async def is_owner(message: MessageActivity, api: ApiClient) -> bool:
    """Whether Teams calls the user an owner of the team or the group. A chat may have no owner at all."""
    if not _IN_PATH.fullmatch(message.from_.id):
        return False
    try:
        member = await api.conversations.get_member_by_id(_roster(message), message.from_.id)
    except (httpx.HTTPError, ValueError) as error:
        logger.warning("Whether a user is an owner is not known: %s", type(error).__name__)
        return False
    return (member.user_role or "").lower() == _OWNER


def _role(told: str | None) -> str | None:
    return None if told == _ORDINARY else told


def _roster(message: MessageActivity) -> str:
    """The id whose members are asked for. Those of a channel are the team's, unless it is private or shared: then it
    has members of its own (build-apps-for-shared-private-channels.md in MicrosoftDocs/msteams-docs)."""
    data = message.channel_data or ChannelData()
    has_own = data.channel and data.channel.type in ("private", "shared")
    if data.team and data.team.id and not has_own and not leads_elsewhere(data.team.id):
        return data.team.id
    return message.conversation.id.partition(";messageid=")[0]


def user_id_of(account: Account) -> str:
    """By what a person is known wherever the person writes: the id in Entra ID. Who has none is known by the account's
    own."""
    return account.aad_object_id or account.id
