"""The Responses API."""

import json
from collections.abc import Iterator

import httpx2
from microsoft_teams.ai import Function, FunctionCall, FunctionMessage, Memory, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAIResponsesAIModel
from openai import APIError, AsyncOpenAI, AsyncStream
from openai.types.responses import FunctionToolParam, ResponseInputContentParam, ResponseInputItemParam
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import BaseModel

from .answer import Answer, Usage
from .failures import AnswerFilteredError, AnswerLostError
from .question import Question
from .sampling import Sampling
from .streaming import OnChunk, Streaming
from .tool_calls import parameters_of, read_call
from .tool_loop import Round, ToolLoop
from .wire import Received, Text


class ResponsesModel(OpenAIResponsesAIModel):
    """A model behind the Responses API.

    The history that is sent is Parley's own, as with Chat Completions: it is bounded, survives a restart, and is not
    kept a second time by the model's maker (`store=False`).
    """

    def __init__(
        self, client: AsyncOpenAI, model: str, *, streaming: Streaming, tool_loop: ToolLoop, sampling: Sampling
    ) -> None:
        """`client` is shared by all models of the process; making one costs about 45 ms of CPU."""
        super().__init__(client=client, model=model, mode="responses", stateful=False)
        self._openai = client
        self._name = model
        self._streaming = streaming
        self._tool_loop = tool_loop
        self._sampling = sampling

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
            return await self._ask(system.content if system else None, round)

        return await self._tool_loop.run(ask, input, memory, functions or {}, on_chunk)

    async def _ask(self, instructions: str | None, round: Round) -> Answer:
        request = self._request(instructions, round)

        async def send() -> AsyncStream[object]:
            # As the client's own models the events would cost more than all else that is done with them.
            return await self._openai.post(
                "/responses", cast_to=object, body=request, stream=True, stream_cls=AsyncStream[object]
            )

        return await self._streaming.run(send, _Reader, round.on_chunk, has_pictures=round.has_pictures)

    def _request(self, instructions: str | None, round: Round) -> ResponseCreateParamsStreaming:
        request: ResponseCreateParamsStreaming = {
            "model": self._name,
            "instructions": instructions,
            "input": [item for message in round.messages for item in _items(message)],
            "store": False,
            "stream": True,
        }
        if round.functions:
            request["tools"] = [_tool(function) for function in round.functions.values()]
            if not round.may_call:
                request["tool_choice"] = "none"
        if self._sampling.max_output_tokens is not None:
            request["max_output_tokens"] = self._sampling.max_output_tokens
        if self._sampling.temperature is not None:
            request["temperature"] = self._sampling.temperature
        return request


class _Event(Received):
    type: str


class _TextEvent(Received):
    delta: Text


_Item = dict[str, object]


class _ItemEvent(Received):
    item: _Item


class _Call(Received):
    call_id: str
    name: str
    arguments: Text


class _Details(Received):
    reason: str | None = None


class _Error(Received):
    code: str | None = None
    message: str = "The response failed."


class _Usage(Received):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Response(Received):
    output: list[_Item] | None = None
    incomplete_details: _Details | None = None
    error: _Error | None = None
    usage: _Usage | None = None


class _ResponseEvent(Received):
    response: _Response


class _Reader:
    """Reads the events of one response."""

    awaits_usage = False  # it comes with the end

    def __init__(self, request: httpx2.Request) -> None:
        self._request = request
        self._calls: dict[str, FunctionCall] = {}
        self.is_calling = False
        self.answer: Answer | None = None

    def read(self, event: object) -> str | None:
        match _Event.model_validate(event).type:
            case "response.output_text.delta" | "response.refusal.delta":
                return _TextEvent.model_validate(event).delta or None
            case "response.output_item.added" | "response.output_item.done" as kind:
                item = _ItemEvent.model_validate(event).item
                if not _is_call(item):
                    return None
                self.is_calling = True
                if kind == "response.output_item.done":
                    self._add(item)
            case "response.completed" | "response.incomplete":
                self.answer = self._end(_ResponseEvent.model_validate(event).response)
            case "response.failed":
                raise _failure(self._request, _ResponseEvent.model_validate(event).response.error)
            case "error":
                raise _failure(self._request, _Error.model_validate(event))
            case "response.function_call_arguments.delta":
                pass
            case kind if "reasoning" in kind:
                pass
            case _:
                return None
        return ""

    def _add(self, item: _Item) -> None:
        call = _Call.model_validate(item)
        self._calls[call.call_id] = read_call(call.call_id, call.name, call.arguments)

    def _end(self, response: _Response) -> Answer:
        reason = response.incomplete_details.reason if response.incomplete_details else None
        if reason == "content_filter":
            raise AnswerFilteredError("The answer was filtered")
        if reason not in (None, "max_output_tokens"):
            raise AnswerLostError(f"The answer has ended by {reason!r}")
        for item in response.output or ():
            if _is_call(item):
                self._add(item)
        usage = response.usage
        return Answer(
            None,
            list(self._calls.values()) or None,
            usage=Usage(usage.input_tokens, usage.output_tokens) if usage else Usage(),
            cut_off=reason is not None,
        )


def _is_call(item: _Item) -> bool:
    return item.get("type") == "function_call"


def _failure(request: httpx2.Request, error: _Error | None) -> APIError:
    """What the API reports within a stream, as the error that it would be outside of one."""
    error = error or _Error()
    return APIError(error.message, request, body=error.model_dump())


def _items(message: Message) -> Iterator[ResponseInputItemParam]:
    match message:
        case ModelMessage():
            if message.content:
                yield {"role": "assistant", "content": message.content}
            for call in message.function_calls or ():
                yield {
                    "type": "function_call",
                    "call_id": call.id,
                    "name": call.name,
                    "arguments": json.dumps(call.arguments),
                }
        case FunctionMessage():
            yield {"type": "function_call_output", "call_id": message.function_id, "output": message.content or ""}
        case Question() if message.pictures:
            yield {"role": "user", "content": _parts(message)}
        case _:
            yield {"role": message.role, "content": message.content}


def _parts(question: Question) -> list[ResponseInputContentParam]:
    return [
        {"type": "input_text", "text": question.content},
        *({"type": "input_image", "image_url": picture.url, "detail": "auto"} for picture in question.pictures),
    ]


def _tool(function: Function[BaseModel]) -> FunctionToolParam:
    return {
        "type": "function",
        "name": function.name,
        "description": function.description,
        "parameters": parameters_of(function),
        "strict": False,
    }
