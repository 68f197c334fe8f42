"""The Responses API."""

import json
from collections.abc import Iterator

import httpx2
from microsoft_teams.ai import Function, FunctionMessage, Memory, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAIResponsesAIModel
from openai import APIConnectionError, APIError, AsyncOpenAI, omit
from openai.types.responses import (
    FunctionToolParam,
    Response,
    ResponseError,
    ResponseErrorEvent,
    ResponseInputItemParam,
)
from pydantic import BaseModel

from .failures import ContentFilteredError
from .tool_loop import Functions, OnChunk, parameters_of, read_call, run_tool_loop


class ResponsesModel(OpenAIResponsesAIModel):
    """A model behind the Responses API.

    The history that is sent is Parley's own, as with Chat Completions: it is bounded, survives a restart, and is not
    kept a second time by the model's maker (`store=False`).
    """

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        """`client` is shared by all models of the process; making one costs about 45 ms of CPU."""
        super().__init__(client=client, model=model, mode="responses", stateful=False)
        self._responses = client.responses
        self._name = model

    async def generate_text(
        self,
        input: Message,
        *,
        system: SystemMessage | None = None,
        memory: Memory | None = None,
        functions: dict[str, Function[BaseModel]] | None = None,
        on_chunk: OnChunk | None = None,
    ) -> ModelMessage:
        """Answer `input`, running the tools that the model calls on the way.

        Raises:
            openai.OpenAIError: the model did not answer; the memory is as it was.
        """
        instructions = system.content if system else None

        functions = functions or {}

        async def ask(messages: list[Message], may_call: bool) -> ModelMessage:
            return await self._stream(instructions, messages, functions, may_call, on_chunk)

        return await run_tool_loop(ask, input, memory, functions)

    async def _stream(
        self,
        instructions: str | None,
        messages: list[Message],
        functions: Functions,
        may_call: bool,
        on_chunk: OnChunk | None,
    ) -> ModelMessage:
        text: list[str] = []
        response: Response | None = None
        stream = await self._responses.create(
            model=self._name,
            instructions=instructions,
            input=[item for message in messages for item in _items(message)],
            tools=[_tool(function) for function in functions.values()] or omit,
            tool_choice="none" if functions and not may_call else omit,
            store=False,
            stream=True,
        )
        async with stream:
            async for event in stream:
                if event.type == "response.output_text.delta" or event.type == "response.refusal.delta":
                    text.append(event.delta)
                    if on_chunk:
                        await on_chunk(event.delta)
                elif event.type == "response.completed" or event.type == "response.incomplete":
                    response = event.response
                elif event.type == "response.failed":
                    raise _failure(stream.response.request, event.response.error)
                elif event.type == "error":
                    raise _failure(stream.response.request, event)
        if response is None:
            raise APIConnectionError(message="The stream ended before the answer.", request=stream.response.request)
        if response.incomplete_details and response.incomplete_details.reason == "content_filter":
            raise ContentFilteredError
        return ModelMessage(
            content="".join(text) or None,
            function_calls=[
                read_call(item.call_id, item.name, item.arguments)
                for item in response.output
                if item.type == "function_call"
            ]
            or None,
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
