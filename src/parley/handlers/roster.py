"""The members of a conversation, as Teams lists them."""

import logging
from urllib.parse import unquote

import httpx
import regex
from microsoft_teams.api import Account, ApiClient, ChannelData, ConversationAccount, MessageActivity

from ..http import escapes_path
from ..tools import Member, Members, MembersUnknownError

logger = logging.getLogger(__name__)

# Teams returns at least 50 members at a time (bots/how-to/get-teams-context.md in MicrosoftDocs/msteams-docs). More
# names would cost tokens and not help the model.
MAX_MEMBERS = 100

# Users choose their names, so a greeting takes only letters, and not too many.
_FIRST_WORD = regex.compile(r"\s*(?P<word>[\p{L}\p{M}'\N{RIGHT SINGLE QUOTATION MARK}-]{1,40})(?=\s|$)")

# The roles that Teams gives to members.
_ORDINARY = "user"
_OWNER = "owner"


async def read_members(message: MessageActivity, api: ApiClient) -> Members:
    """The members of the message's conversation, at most `MAX_MEMBERS`.

    Raises:
        MembersUnknownError: Teams refuses the list.
        httpx.HTTPError: the request failed.
    """
    try:
        page = await api.conversations.get_paged_members(_roster_id(message), MAX_MEMBERS)
    except httpx.HTTPStatusError as error:
        if error.response.status_code in (403, 404):
            raise MembersUnknownError from error
        raise
    members = [Member(member.name, _role(member.user_role)) for member in page.members if member.name]
    return Members(members[:MAX_MEMBERS], is_complete=not page.continuation_token and len(members) <= MAX_MEMBERS)


async def is_owner(message: MessageActivity, api: ApiClient) -> bool:
    """True if the user owns the team or the group. A chat may have no owner at all."""
    if not _is_one_segment(message.from_.id):
        return False
    try:
        member = await api.conversations.get_member_by_id(_roster_id(message), message.from_.id)
    except (httpx.HTTPError, ValueError) as error:
        logger.warning("The role of a user is unknown: %s", type(error).__name__)
        return False
    return (member.user_role or "").lower() == _OWNER


async def read_first_name(account: Account, conversation: ConversationAccount, api: ApiClient) -> str | None:
    """The first name of a user; None if Teams does not tell it. Installations come without the name of their user."""
    name = account.name
    if not name and _is_one_segment(account.id):
        try:
            member = await api.conversations.get_member_by_id(conversation.id, account.id)
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("The name of a user is unknown: %s", type(error).__name__)
            return None
        name = member.given_name or member.name
    return first_name(name or "")


def first_name(name: str) -> str | None:
    """The first name in `Ada Lovelace` or `Lovelace, Ada`; None if there is no word of letters."""
    family, comma, given = name.partition(",")
    found = _FIRST_WORD.match(given if comma else family)
    return found["word"] if found else None


def _role(role: str | None) -> str | None:
    return None if role == _ORDINARY else role


def _roster_id(message: MessageActivity) -> str:
    """The id to ask for members with: of the team for an ordinary channel, else of the conversation.

    Private and shared channels have members of their own (build-apps-for-shared-private-channels.md in
    MicrosoftDocs/msteams-docs).
    """
    data = message.channel_data or ChannelData()
    has_own_members = data.channel and data.channel.type in ("private", "shared")
    if data.team and data.team.id and _is_one_segment(data.team.id) and not has_own_members:
        return data.team.id
    return message.conversation.id.partition(";messageid=")[0]


def _is_one_segment(id: str) -> bool:
    """True if the id fills one segment of a path. No id of a user or a team has a slash."""
    return "/" not in unquote(id) and not escapes_path(id)
