"""The stateful prompt."""

from collections.abc import Awaitable, Callable
from typing import Any

from microsoft_teams.ai import AIModel, ChatPrompt, ChatSendResult, Function, ListMemory, Memory, Message, SystemMessage
from microsoft_teams.ai.plugin import AIPluginProtocol


class Agent(ChatPrompt):
    """A `ChatPrompt` that remembers: the memory it is given is used by every `send`.

    The Teams SDK had this class until 2.0.0a5 (microsoft/teams.py#213); this one has the same signature. Without a
    memory of its own it keeps one in the process, for as long as it lives.
    """

    def __init__(
        self,
        model: AIModel,
        *,
        memory: Memory | None = None,
        functions: list[Function[Any]] | None = None,
        plugins: list[AIPluginProtocol] | None = None,
    ) -> None:
        super().__init__(model, memory=ListMemory() if memory is None else memory, functions=functions, plugins=plugins)

    async def send(
        self,
        input: str | Message,
        *,
        instructions: str | SystemMessage | None = None,
        memory: Memory | None = None,
        on_chunk: Callable[[str], Awaitable[None]] | Callable[[str], None] | None = None,
    ) -> ChatSendResult:
        """Ask the model, with what was said before, and remember both question and answer.

        Args:
            input: what the person said.
            instructions: the system message; it is sent, not remembered.
            memory: used for this one call instead of the agent's own.
            on_chunk: called with each piece of the answer's text as it arrives.

        Raises:
            openai.OpenAIError: the model did not answer; with the models of `open_model` nothing is remembered.
        """
        return await super().send(input, memory=memory, on_chunk=on_chunk, instructions=instructions)
