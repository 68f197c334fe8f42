"""The Chat Completions API."""

import json
from dataclasses import dataclass
from typing import cast

from microsoft_teams.ai import Function, FunctionMessage, Memory, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAICompletionsAIModel
from openai import AsyncOpenAI, AsyncStream, omit
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionChunk,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall
from pydantic import BaseModel

from .answer import Answer, Usage
from .failures import ContentFilteredError
from .sampling import Sampling, given
from .streaming import OnChunk, Streaming
from .tool_loop import Round, ToolLoop, parameters_of, read_call


class CompletionsModel(OpenAICompletionsAIModel):
    """A model behind the Chat Completions API: at OpenAI, at Azure OpenAI or at any server that is compatible."""

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str,
        *,
        streaming: Streaming,
        tool_loop: ToolLoop,
        sampling: Sampling,
        limits_by_max_tokens: bool,
    ) -> None:
        """`client` is shared by all models of the process; making one costs about 45 ms of CPU.

        `limits_by_max_tokens` says how the server is told of the token limit. OpenAI's reasoning models refuse
        `max_tokens`, which is deprecated; Ollama and other compatible servers know nothing else.
        """
        super().__init__(client=client, model=model, mode="completions")
        self._completions = client.chat.completions
        self._name = model
        self._streaming = streaming
        self._tool_loop = tool_loop
        self._sampling = sampling
        self._limits_by_max_tokens = limits_by_max_tokens

    async def generate_text(
        self,
        input: Message,
        *,
        system: SystemMessage | None = None,
        memory: Memory | None = None,
        functions: dict[str, Function[BaseModel]] | None = None,
        on_chunk: OnChunk | None = None,
    ) -> Answer:
        """Answer `input`, running the tools that the model calls on the way.

        Raises:
            openai.OpenAIError: the model did not answer; the memory is as it was.
        """

        async def ask(round: Round) -> Answer:
            return await self._ask([system, *round.messages] if system else round.messages, round)

        return await self._tool_loop.run(ask, input, memory, functions or {}, on_chunk)

    async def _ask(self, messages: list[Message], round: Round) -> Answer:
        limit = given(self._sampling.max_output_tokens)

        async def send() -> AsyncStream[ChatCompletionChunk]:
            return await self._completions.create(
                model=self._name,
                messages=[_message(message) for message in messages],
                tools=[_tool(function) for function in round.functions.values()] or omit,
                tool_choice="none" if round.functions and not round.may_call else omit,
                max_tokens=limit if self._limits_by_max_tokens else omit,
                max_completion_tokens=omit if self._limits_by_max_tokens else limit,
                temperature=given(self._sampling.temperature),
                stream=True,
                stream_options={"include_usage": True},
            )

        return await self._streaming.run(send, lambda _request: _Reader(), round.on_chunk)


class _Reader:
    """Reads the chunks of one answer."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._calls: list[_CallInParts] = []
        self._finish_reason: str | None = None
        self._usage = Usage()

    @property
    def begun(self) -> bool:
        return bool(self._text or self._calls)

    @property
    def answer(self) -> Answer | None:
        if self._finish_reason is None:
            return None
        calls = [read_call(call.id, call.name, call.arguments) for call in self._calls]
        cut_off = self._finish_reason == "length"
        return Answer("".join(self._text) or None, calls or None, usage=self._usage, cut_off=cut_off)

    def read(self, chunk: ChatCompletionChunk) -> str:
        pieces: list[str] = []
        for choice in chunk.choices:
            # With its asynchronous content filter Azure sends choices without a delta (openai-python#2313).
            delta = cast(ChoiceDelta | None, choice.delta) or ChoiceDelta()
            pieces.append(delta.content or delta.refusal or "")
            for part in delta.tool_calls or ():
                _add(self._calls, part)
            if choice.finish_reason == "content_filter":
                raise ContentFilteredError
            self._finish_reason = choice.finish_reason or self._finish_reason
        if chunk.usage:
            self._usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        if text := "".join(pieces):
            self._text.append(text)
        return text


@dataclass
class _CallInParts:
    """A tool call, which arrives in pieces."""

    index: int
    id: str
    name: str = ""
    arguments: str = ""


def _add(calls: list[_CallInParts], part: ChoiceDeltaToolCall) -> None:
    """Add a piece to the call that it belongs to.

    OpenAI tells calls apart by their index. Ollama gives all of them the index 0 but each an id (ollama#15457).
    """
    call = next((call for call in reversed(calls) if call.index == part.index), None)
    if call is None or (part.id and call.id and part.id != call.id):
        call = _CallInParts(part.index, part.id or "")
        calls.append(call)
    call.id = part.id or call.id
    if part.function:
        call.name = part.function.name or call.name
        call.arguments += part.function.arguments or ""


def _message(message: Message) -> ChatCompletionMessageParam:
    match message:
        case SystemMessage():
            return {"role": "system", "content": message.content}
        case ModelMessage():
            return _assistant(message)
        case FunctionMessage():
            return {"role": "tool", "tool_call_id": message.function_id, "content": message.content or ""}
        case _:
            return {"role": "user", "content": message.content}


def _assistant(message: ModelMessage) -> ChatCompletionAssistantMessageParam:
    param: ChatCompletionAssistantMessageParam = {"role": "assistant", "content": message.content}
    if message.function_calls:
        param["tool_calls"] = [
            {
                "type": "function",
                "id": call.id,
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for call in message.function_calls
        ]
    return param


def _tool(function: Function[BaseModel]) -> ChatCompletionFunctionToolParam:
    return {
        "type": "function",
        "function": {
            "name": function.name,
            "description": function.description,
            "parameters": parameters_of(function),
        },
    }
