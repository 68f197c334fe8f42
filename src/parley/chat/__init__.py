"""What the model sees and says: the prompt, the agent, the model, the memory."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from microsoft_teams.ai import AIModel, ChatPrompt, Function, ModelMessage, UserMessage
from microsoft_teams.ai.plugin import AIPluginProtocol

from .agent import Agent
from .answer import Answer
from .failures import CUT_OFF, EmptyAnswerError, explain
from .memory import History
from .model import describe, open_model
from .people import GROUP_INSTRUCTIONS, with_author
from .plugins import Announcer, OnTool, Threads
from .tools import TOOLS

__all__ = [
    "CUT_OFF",
    "GROUP_INSTRUCTIONS",
    "TOOLS",
    "Agent",
    "Answer",
    "Chat",
    "EmptyAnswerError",
    "History",
    "OnTool",
    "describe",
    "explain",
    "open_model",
    "with_author",
]

_INTERRUPTED = "[The person stopped the answer here.]"


@dataclass(frozen=True)
class Chat:
    """All that a handler needs to hold a conversation."""

    model: AIModel
    instructions: str
    history: History
    stateful: bool
    tools: Sequence[Function[Any]]

    @asynccontextmanager
    async def prompt(
        self, conversation_id: str, activity_id: str, on_tool: OnTool | None = None
    ) -> AsyncGenerator[ChatPrompt]:
        """The prompt for the message `activity_id`: an `Agent` that remembers the conversation, or a `ChatPrompt` that
        does not.

        What the turn adds to the memory is kept when the block ends well. When it raises, nothing is. `on_tool` is
        told the name of each tool just before it runs.
        """
        functions = list(self.tools)
        plugins: list[AIPluginProtocol] = [Announcer(on_tool)] if on_tool else []
        if not self.stateful:
            yield ChatPrompt(self.model, functions=functions, plugins=[*plugins, Threads()])
            return
        async with self.history.turn(conversation_id, activity_id) as memory:
            yield Agent(self.model, memory=memory, functions=functions, plugins=plugins)

    async def remember_interrupted(self, conversation_id: str, activity_id: str, question: str, shown: str) -> None:
        """Remember a question whose answer the person has stopped, and `shown`, what was seen of the answer until then.

        The model is told, by a note behind those words, that they are not all it had to say. Without a memory, or when
        nothing was shown, there is nothing to remember.

        Raises:
            NotRememberedError: the history cannot be written.
        """
        if not self.stateful or not shown or shown.isspace():
            return
        async with self.history.turn(conversation_id, activity_id) as memory:
            await memory.push(UserMessage(question))
            await memory.push(ModelMessage(f"{shown}\n\n{_INTERRUPTED}", None))
