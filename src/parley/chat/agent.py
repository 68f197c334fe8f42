"""The stateful prompt."""

from typing import Any

from microsoft_teams.ai import AIModel, ChatPrompt, Function, ListMemory, Memory
from microsoft_teams.ai.plugin import AIPluginProtocol


class Agent(ChatPrompt):
    """A `ChatPrompt` with a memory, which every `send` reads and extends.

    The Teams SDK had this class until 2.0.0a5 (microsoft/teams.py#213); this one has the same signature. Without
    `memory` the messages stay in the process as long as the agent lives.
    """

    def __init__(
        self,
        model: AIModel,
        *,
        memory: Memory | None = None,
        functions: list[Function[Any]] | None = None,
        plugins: list[AIPluginProtocol] | None = None,
    ) -> None:
        super().__init__(
            model,
            memory=ListMemory() if memory is None else memory,
            functions=functions,
            plugins=plugins,
        )
