"""The conversation that a tool is called in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

ConversationKind = Literal["personal", "groupChat", "channel"]


class MembersUnknownError(Exception):
    """Teams does not tell who is in the conversation."""


@dataclass(frozen=True)
class Member:
    """Somebody who is in a conversation."""

    name: str
    role: str | None = None
    """What Teams says of the person, such as `guest`; None for an ordinary member."""


@dataclass(frozen=True)
class Members:
    """Who is in a conversation."""

    people: Sequence[Member]
    are_all: bool
    """False when there are more than Teams was asked for."""


async def _nobody() -> Members:
    raise MembersUnknownError


@dataclass(frozen=True)
class ToolContext:
    """The turn, for a tool that has a parameter of this type."""

    person_id: str | None = None
    """By what the person who asks is known wherever that person writes: the id in Entra ID, or the account's own if
    there is none."""
    person_name: str | None = None
    locale: str | None = None
    """The person's language and region, such as `pt-BR`."""
    time_zone: str | None = None
    """The IANA name of the person's time zone, as the Teams client tells it."""
    conversation_id: str | None = None
    conversation_kind: ConversationKind = "personal"
    members: Callable[[], Awaitable[Members]] = _nobody
    """Asks Teams who is in the conversation.

    Raises:
        MembersUnknownError: Teams does not tell.
        httpx.HTTPError: Teams cannot be reached.
    """


NOWHERE = ToolContext()
"""What there is to know outside of a turn."""


def zone_of(name: str | None) -> ZoneInfo | None:
    """The time zone that has this IANA name, such as `Europe/Oslo`; None if none has."""
    try:
        return ZoneInfo(name or "")
    except (LookupError, ValueError, OSError):  # no such name, no name at all, a folder of names
        return None
