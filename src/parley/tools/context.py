"""The turn that a tool is called in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

ConversationKind = Literal["personal", "groupChat", "channel"]


class MembersUnknownError(Exception):
    """Teams refuses the members of the conversation."""


@dataclass(frozen=True)
class Member:
    """A member of a conversation."""

    name: str
    role: str | None = None
    """The role in Teams, for example `guest`; None for an ordinary member."""


@dataclass(frozen=True)
class Members:
    """The members of a conversation."""

    listed: Sequence[Member]
    is_complete: bool
    """False if the conversation has more members."""


async def _unknown_members() -> Members:
    raise MembersUnknownError


@dataclass(frozen=True)
class ToolContext:
    """The turn, passed to tools that have a parameter of this type."""

    user_id: str | None = None
    """The user's id in Entra ID, the same in all conversations; without one the id of the account."""
    user_name: str | None = None
    locale: str | None = None
    """The user's language and region, for example `pt-BR`."""
    time_zone: str | None = None
    """The IANA name of the user's time zone, sent by the Teams client."""
    conversation_id: str | None = None
    conversation_kind: ConversationKind = "personal"
    members: Callable[[], Awaitable[Members]] = _unknown_members
    """Requests the members from Teams.

    Raises:
        MembersUnknownError: Teams refuses the members.
        httpx.HTTPError: The request failed.
    """


NO_CONTEXT = ToolContext()
"""The context outside of a turn: nothing is known."""


def zone_of(name: str | None) -> ZoneInfo | None:
    """Return the time zone with this IANA name, for example `Europe/Oslo`; None if there is none."""
    try:
        return ZoneInfo(name or "")
    except (LookupError, ValueError, OSError):  # unknown, empty, or a folder
        return None
