"""The Chat Completions API."""

import json
from dataclasses import dataclass
from uuid import uuid4

from microsoft_teams.ai import Function, FunctionMessage, Memory, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAICompletionsAIModel
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionContentPartParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import BaseModel

from .answer import Answer, Usage
from .failures import AnswerFilteredError, AnswerLostError
from .question import Question
from .sampling import Sampling
from .streaming import OnChunk, Streaming
from .tool_calls import parameters_of, read_call
from .tool_loop import Round, ToolLoop
from .wire import Received, Text

# Compatible servers have reasons of their own for the end of an answer: vLLM aborts, DeepSeek runs out of resources,
# Mistral says "model_length". Whatever else they say, such as "eos_token", is another word for "stop".
_LOST = ("abort", "cancelled", "error", "insufficient_system_resource", "network_error")
_CUT_OFF = ("length", "model_length")


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
        `max_tokens`, which is deprecated there; not every compatible server knows `max_completion_tokens`.
        """
        super().__init__(client=client, model=model, mode="completions")
        self._openai = client
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
        request = self._request(messages, round)

        async def send() -> AsyncStream[object]:
            # As the client's own models the chunks would cost more than all else that is done with them.
            return await self._openai.post(
                "/chat/completions", cast_to=object, body=request, stream=True, stream_cls=AsyncStream[object]
            )

        return await self._streaming.run(
            send, lambda _request: _Reader(), round.on_chunk, has_pictures=round.has_pictures
        )

    def _request(self, messages: list[Message], round: Round) -> CompletionCreateParamsStreaming:
        request: CompletionCreateParamsStreaming = {
            "model": self._name,
            "messages": [_message(message) for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if round.functions:
            request["tools"] = [_tool(function) for function in round.functions.values()]
            if not round.may_call:
                request["tool_choice"] = "none"
        if self._sampling.max_output_tokens is not None:
            limit = "max_tokens" if self._limits_by_max_tokens else "max_completion_tokens"
            request[limit] = self._sampling.max_output_tokens
        if self._sampling.temperature is not None:
            request["temperature"] = self._sampling.temperature
        return request


class _FunctionPart(Received):
    name: str | None = None
    arguments: Text | None = None


class _CallPart(Received):
    index: int | None = None
    id: str | None = None
    function: _FunctionPart | None = None


class _Delta(Received):
    content: Text | None = None
    refusal: Text | None = None
    tool_calls: list[_CallPart] | None = None
    # Where compatible servers put what the model thinks before it speaks.
    reasoning_content: object = None
    reasoning: object = None


class _Choice(Received):
    # With its asynchronous content filter Azure sends choices without a delta (openai-python#2313).
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(Received):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(Received):
    choices: list[_Choice]
    usage: _Usage | None = None


class _Reader:
    """Reads the chunks of one answer."""

    def __init__(self) -> None:
        self._calls: list[_CallInParts] = []
        self._finish_reason: str | None = None
        self._usage: Usage | None = None

    @property
    def is_calling(self) -> bool:
        return bool(self._calls)

    @property
    def awaits_usage(self) -> bool:
        return self._usage is None

    @property
    def answer(self) -> Answer | None:
        if self._finish_reason is None:
            return None
        calls = [read_call(call.id or f"call-{uuid4().hex}", call.name, call.arguments) for call in self._calls]
        cut_off = self._finish_reason in _CUT_OFF
        return Answer(None, calls or None, usage=self._usage or Usage(), cut_off=cut_off)

    def read(self, event: object) -> str | None:
        chunk = _Chunk.model_validate(event)
        pieces: list[str] = []
        is_progress = False
        for choice in chunk.choices:
            delta = choice.delta or _Delta()
            pieces.append(delta.content or delta.refusal or "")
            for part in delta.tool_calls or ():
                _add(self._calls, part)
            is_progress |= bool(delta.tool_calls or delta.reasoning_content or delta.reasoning)
            self._end(choice.finish_reason)
        if chunk.usage:
            self._usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        text = "".join(pieces)
        return text if text or is_progress else None

    def _end(self, reason: str | None) -> None:
        if not reason:
            return
        if reason == "content_filter":
            raise AnswerFilteredError("The answer was filtered")
        if reason in _LOST:
            raise AnswerLostError(f"The answer has ended by {reason!r}")
        self._finish_reason = reason


@dataclass
class _CallInParts:
    """A tool call, which arrives in pieces."""

    index: int | None
    id: str
    name: str = ""
    arguments: str = ""

    def is_followed_by(self, part: _CallPart) -> bool:
        """Whether a piece with the same index begins another call.

        Ollama gives all calls the index 0 but each an id (ollama#15457), other servers not even that.
        """
        if part.id and self.id:
            return part.id != self.id
        return bool(part.function and part.function.name) and _is_json(self.arguments)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _add(calls: list[_CallInParts], part: _CallPart) -> None:
    """Add a piece to the call that it belongs to."""
    call = next((call for call in reversed(calls) if call.index == part.index), None)
    if call is None or call.is_followed_by(part):
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
        case Question() if message.pictures:
            return {"role": "user", "content": _parts(message)}
        case _:
            return {"role": "user", "content": message.content}


def _parts(question: Question) -> list[ChatCompletionContentPartParam]:
    return [
        {"type": "text", "text": question.content},
        *({"type": "image_url", "image_url": {"url": picture.url}} for picture in question.pictures),
    ]


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
