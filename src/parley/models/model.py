"""The base of the models: one request per round, in the format of one API."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from typing import ClassVar, Literal, Self

import httpx2
from microsoft_teams.ai import Function, Memory, Message, SystemMessage
from microsoft_teams.openai.common import OpenAIBaseModel
from openai import AsyncOpenAI, AsyncStream
from pydantic import BaseModel

from .attempt import EventReader, OnChunk
from .messages import Answer
from .parameters import Sampling
from .streaming import Streaming
from .tool_loop import OnUsage, Round, ToolLoop


class Model(OpenAIBaseModel, ABC):
    """A model behind an API of OpenAI: at OpenAI, at Azure OpenAI or at any compatible server.

    `CompletionsModel` and `ResponsesModel` are the SDK's models of these APIs with another `generate_text`: see
    `tool_loop` for the defects of the SDK's.
    """

    MODE: ClassVar[Literal["completions", "responses"]]
    PATH: ClassVar[str]

    def __init__(
        self, client: AsyncOpenAI, model: str, *, streaming: Streaming, tool_loop: ToolLoop, sampling: Sampling
    ) -> None:
        """`client` is shared by all models of the process: making one takes about 45 ms of CPU."""
        super().__init__(client=client, model=model, mode=self.MODE)
        self._openai = client
        self._streaming = streaming
        self._tool_loop = tool_loop
        self.on_usage: OnUsage | None = None
        self._name = model
        self._sampling = sampling

    def with_usage(self, on_usage: OnUsage) -> Self:
        """The same model, which calls `on_usage` with the tokens of each request, those of failed answers included."""
        model = copy(self)
        model.on_usage = on_usage
        return model

    async def generate_text(
        self,
        input: Message,
        *,
        system: SystemMessage | None = None,
        memory: Memory | None = None,
        functions: dict[str, Function[BaseModel]] | None = None,
        on_chunk: OnChunk | None = None,
    ) -> Answer:
        """Answer `input`, running the tools that the model calls.

        Raises:
            openai.OpenAIError: the model did not answer; the memory is unchanged.
        """

        async def send(round: Round) -> Answer:
            return await self._streaming.run(
                self._request(system, round), self._send, self._reader, round.on_chunk, has_pictures=round.has_pictures
            )

        return await self._tool_loop.run(send, input, memory, functions or {}, on_chunk, self.on_usage)

    async def _send(self, request: Mapping[str, object]) -> AsyncStream[object]:
        return await self._openai.post(
            self.PATH, cast_to=object, body=request, stream=True, stream_cls=AsyncStream[object]
        )

    @abstractmethod
    def _request(self, system: SystemMessage | None, round: Round) -> Mapping[str, object]:
        """The body of a request, with its optional parameters."""

    @abstractmethod
    def _reader(self, request: httpx2.Request) -> EventReader:
        """A reader of the answer to a request."""
