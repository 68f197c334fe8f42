"""The services that handlers share, and the context of one turn."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from microsoft_teams.api import Account, ApiClient, ChannelData, ClientInfoEntity, ConversationAccount, MessageActivity
from microsoft_teams.apps import ActivityContext

from ..attachments import Reader
from ..chat import Chat
from ..feedback.store import FeedbackStore
from ..http import leads_elsewhere
from ..language import LineId, Localizer, localizer_for
from ..limits import Tenants, UsageLimits
from ..replies import Replies, Reply, is_group
from ..tools import Member, Members, MembersUnknownError, ToolContext
from ..tools.context import ConversationKind
from ..tools.sources import Source
from ..turn import Refusal, Turn, current_turn
from .text import read_text

logger = logging.getLogger(__name__)

_REFUSALS: dict[Refusal, LineId] = {Refusal.TOO_MANY_WAIT: "still-answering", Refusal.TOO_MANY_CRASHES: "gave-up"}


@dataclass(frozen=True)
class TurnContext:
    """One activity that is being handled, and the reply to it."""

    ctx: ActivityContext[Any]
    turn: Turn
    replies: Replies
    localize: Localizer
    """Returns a line of the bot's own in the user's language: `localize("no-question")`."""

    @cached_property
    def reply(self) -> Reply:
        """The reply, in the way that the conversation allows. It replaces the messages that the turn owns by then."""
        return self.replies.open(self.ctx, self.turn, self.localize)

    @property
    def is_cancelled_by_update(self) -> bool:
        """True if the message was edited or deleted meanwhile; another attempt follows at once."""
        return self.turn.is_cancelled_by_update


@dataclass(frozen=True)
class MessageTurn(TurnContext):
    """A message that is being answered. It is the turn that `Chat.prompt` takes."""

    message: MessageActivity

    @property
    def tools(self) -> ToolContext:
        """What tools may know about the turn."""
        return read_tool_context(self.message, self.ctx.api)

    async def is_owner(self) -> bool:
        """True if Teams says that the user is an owner of the team or the group."""
        return await is_owner(self.message, self.ctx.api)

    @cached_property
    def text(self) -> str:
        """The words of the user, without the mention of the bot and without quotes."""
        return read_text(self.message)

    @property
    def conversation_id(self) -> str:
        return self.message.conversation.id

    @property
    def message_id(self) -> str:
        return self.message.id

    @property
    def user_id(self) -> str:
        return user_id_of(self.message.from_)

    @property
    def question_id(self) -> str:
        """The same for all attempts to answer this text of the message."""
        return self.turn.question_id

    @property
    def in_group(self) -> bool:
        """True if several people read the conversation."""
        return is_group(self.message.conversation)

    @property
    def refusal_line(self) -> str | None:
        """The line for a message that the inbox did not accept for an answer."""
        return self.localize(_REFUSALS[self.turn.refusal]) if self.turn.refusal else None

    @property
    def answer_ids(self) -> Sequence[str]:
        """The ids of the messages that were sent as the answer."""
        return self.turn.sent.ids

    async def on_tool(self, name: str) -> None:
        """Show that a tool is called."""
        await self.reply.on_tool(name)

    def cite(self, source: Source) -> int:
        """The number under which the answer may cite a source."""
        return self.reply.cite(source)

    async def forget_sent(self) -> None:
        """Forget the messages of the answer, which Teams lets nobody change once the user stopped it."""
        for id in [*self.turn.sent.ids]:
            await self.turn.sent.remove(id)


@dataclass(frozen=True)
class Services:
    """What all handlers share."""

    chat: Chat
    reader: Reader
    replies: Replies
    tenants: Tenants
    limits: UsageLimits
    feedback: FeedbackStore

    def turn(self, ctx: ActivityContext[Any]) -> TurnContext:
        """The turn that the inbox has begun."""
        return TurnContext(ctx, *self._turn(ctx))

    def message_turn(self, ctx: ActivityContext[Any], message: MessageActivity) -> MessageTurn:
        """The turn that answers a message, which `ctx` brought or changed."""
        return MessageTurn(ctx, *self._turn(ctx), message)

    def _turn(self, ctx: ActivityContext[Any]) -> tuple[Turn, Replies, Localizer]:
        return current_turn.get(), self.replies, localizer_for(getattr(ctx.activity, "locale", None))


# Teams gives 50 people at a time at least (bots/how-to/get-teams-context.md in MicrosoftDocs/msteams-docs). More names
# are of no use to the model, and cost.
MOST_MEMBERS = 100

# What Teams calls an ordinary member.
_ORDINARY = "user"

# What Teams calls who may change the members.
_OWNER = "owner"


def read_tool_context(message: MessageActivity, api: ApiClient) -> ToolContext:
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
    if conversation.conversation_type == "channel":
        return "channel"
    return "groupChat" if is_group(conversation) else "personal"


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
    if leads_elsewhere(message.from_.id):
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
