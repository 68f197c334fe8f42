"""A conversation with the model: its prompts, and what is remembered of them."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from microsoft_teams.ai import AIModel, ChatPrompt, Function, ModelMessage, UserMessage
from microsoft_teams.ai.plugin import AIPluginProtocol

from ..tools import NOWHERE, Tool, ToolContext
from .agent import Agent
from .history import History
from .memory import Provenance
from .plugins import CitationNumbers, Cite, OnTool, RunSyncToolsInThread, ToolStatus

_INTERRUPTED = "[The person stopped the answer here.]"

# Characters of a hash of the instructions, by which their versions are told apart.
_VERSION_LENGTH = 12


@dataclass(frozen=True)
class Chat:
    """All that a handler needs to hold a conversation."""

    model: AIModel
    model_name: str
    instructions: str
    history: History
    stateful: bool
    tools: Iterable[Function[Any]]
    """Looked through anew for each prompt."""

    @asynccontextmanager
    async def prompt(
        self,
        conversation_id: str,
        activity_id: str,
        *,
        answer_ids: Sequence[str] = (),
        on_tool: OnTool | None = None,
        cite: Cite | None = None,
        context: ToolContext = NOWHERE,
    ) -> AsyncGenerator[ChatPrompt]:
        """The prompt for the message `activity_id`: an `Agent` that remembers the conversation, or a `ChatPrompt` that
        does not.

        What was said in the turn is stored when the block ends well. When it raises, nothing is.

        Args:
            conversation_id: the conversation that the message belongs to.
            activity_id: the message that is to be answered.
            answer_ids: the ids of the messages that answer it, which are complete when the block ends.
            on_tool: told the name of each tool just before it runs.
            cite: given each source of what the tools tell; the model is told the number that it gives in return.
            context: what the tools may know of the turn.
        """
        functions = [tool.bind(context) if isinstance(tool, Tool) else tool for tool in self.tools]
        plugins: list[AIPluginProtocol] = [RunSyncToolsInThread()]
        plugins += [ToolStatus(on_tool)] if on_tool else []
        plugins += [CitationNumbers(cite)] if cite else []
        prompt = Agent if self.stateful else ChatPrompt
        now = asyncio.get_running_loop().time
        began_at = now()
        async with self.history.turn(conversation_id, activity_id, is_read=self.stateful) as memory:
            yield prompt(self.model, memory=memory, functions=functions, plugins=plugins)
            memory.provenance = self._provenance(answer_ids, context.person_id, latency=now() - began_at)

    async def remember_interrupted(
        self, conversation_id: str, activity_id: str, question: str, shown: str, user_id: str | None = None
    ) -> None:
        """Remember a question whose answer the person has stopped, and `shown`, what was seen of the answer until then.

        The model is told, by a note behind those words, that they are not all it had to say. When nothing was shown,
        there is nothing to remember.

        Raises:
            NotRememberedError: the history cannot be written.
        """
        if not shown or shown.isspace():
            return
        async with self.history.turn(conversation_id, activity_id) as memory:
            await memory.push(UserMessage(question))
            await memory.push(ModelMessage(f"{shown}\n\n{_INTERRUPTED}", None))
            memory.provenance = self._provenance(user_id=user_id)

    def _provenance(
        self, answer_ids: Sequence[str] = (), user_id: str | None = None, *, latency: float | None = None
    ) -> Provenance:
        version = hashlib.sha256(self.instructions.encode()).hexdigest()[:_VERSION_LENGTH]
        return Provenance(self.model_name, version, answer_ids, user_id, latency)
