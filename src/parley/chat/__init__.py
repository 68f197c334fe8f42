"""What the model sees and says: the prompt, the agent, the model, the memory."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from microsoft_teams.ai import AIModel, ChatPrompt

from .agent import Agent
from .failures import EmptyAnswerError, explain
from .memory import History
from .model import describe, open_model
from .people import GROUP_INSTRUCTIONS, with_author

__all__ = [
    "GROUP_INSTRUCTIONS",
    "Agent",
    "Chat",
    "EmptyAnswerError",
    "History",
    "describe",
    "explain",
    "open_model",
    "with_author",
]


@dataclass(frozen=True)
class Chat:
    """All that a handler needs to hold a conversation."""

    model: AIModel
    instructions: str
    history: History
    stateful: bool

    @asynccontextmanager
    async def prompt(self, conversation_id: str) -> AsyncGenerator[ChatPrompt]:
        """The prompt for one turn: an `Agent` that remembers the conversation, or a `ChatPrompt` that does not.

        What the turn adds to the memory is kept when the block ends well. When it raises, nothing is.
        """
        if not self.stateful:
            yield ChatPrompt(self.model)
            return
        async with self.history.turn(conversation_id) as memory:
            yield Agent(self.model, memory=memory)
