"""The prompts of conversations: an `Agent` with its memory, or a `ChatPrompt` without."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from microsoft_teams.ai import ChatPrompt, Function, ModelMessage, UserMessage
from microsoft_teams.ai.plugin import AIPluginProtocol

from ..models import Model
from ..tools import Tool, ToolContext
from ..tools.sources import Source
from .agent import Agent
from .authors import GROUP_INSTRUCTIONS
from .frames import FRAME_INSTRUCTIONS
from .history import History
from .memory import Provenance
from .plugins import CitationNumbers, RunSyncToolsInThread, ToolStatus

_STOPPED = "[The user stopped the answer here.]"

# Characters of the hash that tells versions of the instructions apart.
_VERSION_LENGTH = 12


class PromptTurn(Protocol):
    """The turn that a prompt answers."""

    @property
    def conversation_id(self) -> str: ...

    @property
    def message_id(self) -> str: ...

    @property
    def user_id(self) -> str: ...

    @property
    def in_group(self) -> bool:
        """True if several people read the conversation."""
        ...

    @property
    def answer_ids(self) -> Sequence[str]:
        """The ids of the messages that hold the answer. They are complete when the answer was sent."""
        ...

    @property
    def tool_context(self) -> ToolContext:
        """The facts about the turn that tools may know."""
        ...

    async def on_tool(self, name: str) -> None:
        """Called with the name of each tool just before it runs."""
        ...

    def on_usage(self, tokens: int) -> None:
        """Called with the tokens of each request to the model, in and out, even if no answer comes of it."""
        ...

    def cite(self, source: Source) -> int:
        """Called with each source of a tool's result. Returns the number that the model cites it by."""
        ...


@dataclass(frozen=True)
class Chat:
    """The model, and what all conversations with it share."""

    model: Model
    model_name: str
    instructions: str
    answer_format: str
    """The instructions about the format of the answers."""
    history: History
    stateful: bool
    tools: Iterable[Function[Any]]
    """Read for each prompt: the tools of MCP servers change."""

    @asynccontextmanager
    async def prompt(self, turn: PromptTurn) -> AsyncGenerator[ChatPrompt]:
        """The prompt that answers a turn: an `Agent` with the memory of the conversation, or a `ChatPrompt` without.

        The question and its answer are stored when the block ends without an exception.
        """
        functions = [tool.bind(turn.tool_context) if isinstance(tool, Tool) else tool for tool in self.tools]
        plugins: list[AIPluginProtocol] = [
            RunSyncToolsInThread(),
            ToolStatus(turn.on_tool),
            CitationNumbers(turn.cite),
        ]
        prompt = Agent if self.stateful else ChatPrompt
        now = asyncio.get_running_loop().time
        began_at = now()
        async with self.history.open_memory(turn.conversation_id, turn.message_id, is_read=self.stateful) as memory:
            model = self.model.with_usage(turn.on_usage)
            yield prompt(model, memory=memory, functions=functions, plugins=plugins)
            memory.provenance = self._provenance(turn.user_id, turn.answer_ids, latency=now() - began_at)

    def instructions_for(self, turn: PromptTurn) -> str:
        """The instructions of the settings, and those about the format, files, quotes and groups."""
        parts = [self.instructions, self.answer_format, FRAME_INSTRUCTIONS]
        return "\n\n".join([*parts, GROUP_INSTRUCTIONS] if turn.in_group else parts)

    async def remember_stopped(self, turn: PromptTurn, question: UserMessage, shown: str) -> None:
        """Store a question whose answer the user stopped, with `shown`, the part of the answer that the user saw.

        A note after that part tells the model that it is not the whole answer. If nothing was shown, nothing is
        stored.

        Raises:
            NotRememberedError: the history cannot be written.
        """
        if not shown or shown.isspace():
            return
        async with self.history.open_memory(turn.conversation_id, turn.message_id) as memory:
            await memory.push(UserMessage(question.content))
            await memory.push(ModelMessage(f"{shown}\n\n{_STOPPED}", None))
            memory.provenance = self._provenance(turn.user_id)

    def _provenance(self, user_id: str, answer_ids: Sequence[str] = (), *, latency: float | None = None) -> Provenance:
        version = hashlib.sha256(self.instructions.encode()).hexdigest()[:_VERSION_LENGTH]
        return Provenance(self.model_name, version, answer_ids, user_id, latency)
