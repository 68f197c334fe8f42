"""What the model can do beside talking: the bot's own tools.

A tool is a function with `@tool`, and stands in `TOOLS`.
"""

from collections.abc import Sequence
from typing import Any

from microsoft_teams.ai import Function

from .arrays import with_items
from .clock import current_time
from .context import NOWHERE, Member, Members, MembersUnknownError, ToolContext
from .members import conversation_members
from .tool import Tool, tool

__all__ = [
    "NOWHERE",
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
