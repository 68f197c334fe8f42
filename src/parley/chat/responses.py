"""The Responses API."""

import json
from collections.abc import Iterator

import httpx2
from microsoft_teams.ai import Function, FunctionCall, FunctionMessage, Memory, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAIResponsesAIModel
from openai import APIError, AsyncOpenAI, AsyncStream, omit
from openai.types.responses import (
    FunctionToolParam,
    Response,
    ResponseError,
    ResponseErrorEvent,
    ResponseFunctionToolCall,
    ResponseInputItemParam,
    ResponseStreamEvent,
)
from pydantic import BaseModel

from .answer import Answer, Usage
from .failures import AnswerFilteredError, AnswerLostError
from .sampling import Sampling, given
from .streaming import OnChunk, Streaming
from .tool_calls import parameters_of, read_call
from .tool_loop import Round, ToolLoop


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
        self._responses = client.responses
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
        async def send() -> AsyncStream[ResponseStreamEvent]:
            return await self._responses.create(
                model=self._name,
                instructions=instructions,
                input=[item for message in round.messages for item in _items(message)],
                tools=[_tool(function) for function in round.functions.values()] or omit,
                tool_choice="none" if round.functions and not round.may_call else omit,
                max_output_tokens=given(self._sampling.max_output_tokens),
                temperature=given(self._sampling.temperature),
                store=False,
                stream=True,
            )

        return await self._streaming.run(send, _Reader, round.on_chunk)


class _Reader:
    """Reads the events of one response."""

    awaits_usage = False  # it comes with the end

    def __init__(self, request: httpx2.Request) -> None:
        self._request = request
        self._calls: dict[str, FunctionCall] = {}
        self.is_calling = False
        self.answer: Answer | None = None

    def read(self, event: ResponseStreamEvent) -> str | None:
        match event.type:
            case "response.output_text.delta" | "response.refusal.delta":
                return "".join([event.delta]) or None
            case "response.output_item.added" if event.item.type == "function_call":
                self.is_calling = True
            case "response.output_item.done" if event.item.type == "function_call":
                self._add(event.item)
            case "response.function_call_arguments.delta":
                pass
            case "response.completed" | "response.incomplete":
                self.answer = self._end(event.response)
            case "response.failed":
                raise _failure(self._request, event.response.error)
            case "error":
                raise _failure(self._request, event)
            case str(kind) if "reasoning" in kind:
                pass
            case _:
                return None
        return ""

    def _add(self, call: ResponseFunctionToolCall) -> None:
        self.is_calling = True
        self._calls[call.call_id] = read_call(call.call_id, call.name, call.arguments)

    def _end(self, response: Response) -> Answer:
        reason = response.incomplete_details.reason if response.incomplete_details else None
        if reason == "content_filter":
            raise AnswerFilteredError("The answer was filtered")
        if reason not in (None, "max_output_tokens"):
            raise AnswerLostError(f"The answer has ended by {reason!r}")
        for item in response.output:
            if item.type == "function_call":
                self._add(item)
        usage = response.usage
        return Answer(
            None,
            list(self._calls.values()) or None,
            usage=Usage(usage.input_tokens, usage.output_tokens) if usage else Usage(),
            cut_off=reason is not None,
        )


def _failure(request: httpx2.Request, error: ResponseError | ResponseErrorEvent | None) -> APIError:
    """What the API reports within a stream, as the error that it would be outside of one."""
    if error is None:
        return APIError("The response failed.", request, body=None)
    return APIError(error.message, request, body={"code": error.code, "message": error.message})


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
        case _:
            yield {"role": message.role, "content": message.content}


def _tool(function: Function[BaseModel]) -> FunctionToolParam:
    return {
        "type": "function",
        "name": function.name,
        "description": function.description,
        "parameters": parameters_of(function),
        "strict": False,
    }
