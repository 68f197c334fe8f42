"""The tool for the members of the conversation."""

from .context import Member, MembersUnknownError, ToolContext
from .tool import tool

_PLACES = {"personal": "this chat", "groupChat": "this group chat", "channel": "this channel"}

# Characters. Users choose their names, so a long one could pass for instructions.
_LONGEST_NAME = 80


@tool
async def conversation_members(context: ToolContext) -> str:
    """The members of this conversation, and the name of the user who asks."""
    asking = f"Asking: {_tidy(context.user_name or 'a user without a name')}."
    place = _PLACES[context.conversation_kind]
    try:
        members = await context.members()
    except MembersUnknownError:
        return f"Teams does not list the members of {place}. {asking}"
    names = ", ".join(map(_describe, members.listed))
    if members.is_complete:
        return f"Members of {place}, beside the bot: {names}. {asking}"
    return f"The first {len(members.listed)} members of {place}, which has more: {names}. {asking}"


def _describe(member: Member) -> str:
    return f"{_tidy(member.name)} ({member.role})" if member.role else _tidy(member.name)


def _tidy(name: str) -> str:
    return " ".join(name.split())[:_LONGEST_NAME]
