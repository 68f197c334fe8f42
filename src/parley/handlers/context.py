"""The services that handlers share, and the context of one turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from microsoft_teams.api import Account, ApiClient, ClientInfoEntity, ConversationAccount, MessageActivity
from microsoft_teams.apps import ActivityContext

from ..attachments import AttachmentReader
from ..chat import Chat
from ..feedback.store import FeedbackStore
from ..language import Localizer, as_failure, localizer_for
from ..limits import Tenants, UsageLimits
from ..replies import Replies, Reply, is_group
from ..tools import ToolContext
from ..tools.context import ConversationKind
from ..tools.sources import Source
from ..turn import Refusal, Turn, current_turn
from .advice import Advice
from .reading.text import read_text
from .roster import is_owner, read_members
from .starters import follow_ups, starters


@dataclass(frozen=True)
class TurnContext:
    """One activity that is being handled, and the reply to it."""

    ctx: ActivityContext[Any]
    turn: Turn
    replies: Replies
    localize: Localizer
    """Returns a line of the bot's own in the user's language: `localize("no-question")`."""
    has_demo_model: bool

    @cached_property
    def reply(self) -> Reply:
        """The reply, streamed or whole as the conversation allows. It replaces the messages that the turn has sent."""
        return self.replies.open(self.ctx, self.turn, self.localize)

    @property
    def in_group(self) -> bool:
        """True if several people read the conversation."""
        return is_group(self.ctx.activity.conversation)

    @property
    def bot_name(self) -> str:
        """The name by which users mention the bot."""
        return self.ctx.activity.recipient.name or "Parley"

    @property
    def starters(self) -> Sequence[str]:
        """The messages that the user can begin with by a click. In a group a click lacks the mention of the bot."""
        return () if self.in_group else starters(self.localize, has_demo_model=self.has_demo_model)

    @property
    def is_cancelled_by_update(self) -> bool:
        """True if the message was edited or deleted meanwhile; another attempt follows immediately."""
        return self.turn.is_cancelled_by_update


@dataclass(frozen=True)
class MessageTurn(TurnContext):
    """A message that is being answered. It is the turn that `Chat.prompt` takes."""

    message: MessageActivity
    usage: list[int] = field(default_factory=list[int])
    """The tokens of each request to the model, in and out."""

    @property
    def tool_context(self) -> ToolContext:
        """The facts about the turn that tools may know."""
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
    def follow_ups(self) -> Sequence[str]:
        """The messages that the user can go on with by a click. The demo model knows only some questions."""
        return follow_ups(self.localize, self.text) if self.has_demo_model and not self.in_group else ()

    @property
    def refusal_line(self) -> str | None:
        """The line for a message that the inbox did not accept for an answer."""
        match self.turn.refusal:
            case Refusal.TOO_MANY_WAIT:
                return self.localize("still-answering")
            case Refusal.TOO_MANY_CRASHES:
                return as_failure(self.localize("gave-up"))
            case None:
                return None

    @property
    def answer_ids(self) -> Sequence[str]:
        """The ids of the messages that were sent as the answer."""
        return self.turn.sent.ids

    async def on_tool(self, name: str) -> None:
        """Show that a tool is called."""
        await self.reply.on_tool(name)

    def on_usage(self, tokens: int) -> None:
        """Count the tokens of a request to the model."""
        self.usage.append(tokens)

    def cite(self, source: Source) -> int:
        """The number under which the answer may cite a source."""
        return self.reply.cite(source)

    def mark_failed(self) -> None:
        """Count the turn as failed, although its user gets an answer."""
        self.turn.has_failed = True

    def keep_question(self) -> None:
        """Keep the question after the turn has failed, so that the user can ask it again with a click."""
        self.turn.may_be_repeated = True

    async def forget_sent(self) -> None:
        """Forget the messages of the answer, which Teams lets nobody change once the user stopped it."""
        for id in [*self.turn.sent.ids]:
            await self.turn.sent.remove(id)


@dataclass(frozen=True)
class Services:
    """The services that all handlers share."""

    chat: Chat
    reader: AttachmentReader
    replies: Replies
    tenants: Tenants
    limits: UsageLimits
    feedback: FeedbackStore
    advice: Advice
    has_demo_model: bool

    def turn(self, ctx: ActivityContext[Any]) -> TurnContext:
        """The turn that the inbox has begun."""
        return TurnContext(ctx, *self._turn(ctx))

    def message_turn(self, ctx: ActivityContext[Any], message: MessageActivity) -> MessageTurn:
        """The turn that answers a message, which `ctx` brought or changed."""
        return MessageTurn(ctx, *self._turn(ctx), message)

    def _turn(self, ctx: ActivityContext[Any]) -> tuple[Turn, Replies, Localizer, bool]:
        localize = localizer_for(getattr(ctx.activity, "locale", None))
        return current_turn.get(), self.replies, localize, self.has_demo_model


def read_tool_context(message: MessageActivity, api: ApiClient) -> ToolContext:
    """The facts about a message that tools may know."""
    return ToolContext(
        user_id=user_id_of(message.from_),
        user_name=message.from_.name,
        locale=message.locale,
        time_zone=_time_zone(message),
        conversation_id=message.conversation.id,
        conversation_kind=_kind(message.conversation),
        members=lambda: read_members(message, api),
    )


def user_id_of(account: Account) -> str:
    """The user's id in Entra ID, the same in all conversations; without one, the id of the account."""
    return account.aad_object_id or account.id


def _time_zone(message: MessageActivity) -> str | None:
    """The user's time zone. Teams sends it twice: in an entity, and in a field that the SDK does not know."""
    zones: list[object] = [entity.timezone for entity in message.entities or [] if isinstance(entity, ClientInfoEntity)]
    zones.append((message.model_extra or {}).get("localTimezone"))
    return next((zone for zone in zones if isinstance(zone, str) and zone), None)


def _kind(conversation: ConversationAccount) -> ConversationKind:
    if conversation.conversation_type == "channel":
        return "channel"
    return "groupChat" if is_group(conversation) else "personal"
