"""Tools that the model can call. The bot's own are functions with `@tool`, listed in `TOOLS`."""

from collections.abc import Sequence
from typing import Any

from microsoft_teams.ai import Function

from .arrays import with_items
from .clock import current_time
from .context import NO_CONTEXT, Member, Members, MembersUnknownError, ToolContext
from .members import conversation_members
from .tool import Tool, tool

__all__ = [
    "NO_CONTEXT",
    "TOOLS",
    "Member",
    "Members",
    "MembersUnknownError",
    "Tool",
    "ToolContext",
    "tool",
    "with_items",
]

TOOLS: Sequence[Function[Any]] = (current_time, conversation_members)
