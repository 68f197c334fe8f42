"""Who is in the conversation."""

from .context import Member, MembersUnknownError, ToolContext
from .tool import tool

_PLACES = {"personal": "this chat", "groupChat": "this group chat", "channel": "this channel"}


# Characters of a name. People choose theirs, so that none may look like more than a name.
_LONGEST_NAME = 80


@tool
async def conversation_members(context: ToolContext) -> str:
    """Who is in this conversation: the names of its members, and who has asked."""
    asking = f"Asking: {_tidy(context.person_name or 'somebody whose name is not known')}."
    place = _PLACES[context.conversation_kind]
    try:
        members = await context.members()
    except MembersUnknownError:
        return f"Teams does not tell who is in {place}. {asking}"
    names = ", ".join(map(_describe, members.people))
    if members.are_all:
        return f"Members of {place}, beside the bot: {names}. {asking}"
    return f"The first {len(members.people)} members of {place}, which has more: {names}. {asking}"


def _describe(member: Member) -> str:
    return f"{_tidy(member.name)} ({member.role})" if member.role else _tidy(member.name)


def _tidy(name: str) -> str:
    return " ".join(name.split())[:_LONGEST_NAME]
