"""The Chat Completions API."""

import json
from dataclasses import dataclass
from typing import cast

from microsoft_teams.ai import Function, FunctionMessage, Memory, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAICompletionsAIModel
from openai import APIConnectionError, AsyncOpenAI, omit
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall
from pydantic import BaseModel

from .failures import ContentFilteredError
from .tool_loop import Functions, OnChunk, parameters_of, read_call, run_tool_loop


class CompletionsModel(OpenAICompletionsAIModel):
    """A model behind the Chat Completions API: at OpenAI, at Azure OpenAI or at any server that is compatible."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        """`client` is shared by all models of the process; making one costs about 45 ms of CPU."""
        super().__init__(client=client, model=model, mode="completions")
        self._completions = client.chat.completions
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
        functions = functions or {}

        async def ask(messages: list[Message], may_call: bool) -> ModelMessage:
            return await self._stream([system, *messages] if system else messages, functions, may_call, on_chunk)

        return await run_tool_loop(ask, input, memory, functions)

    async def _stream(
        self, messages: list[Message], functions: Functions, may_call: bool, on_chunk: OnChunk | None
    ) -> ModelMessage:
        text: list[str] = []
        calls: list[_CallInParts] = []
        finish_reason: str | None = None
        stream = await self._completions.create(
            model=self._name,
            messages=[_message(message) for message in messages],
            tools=[_tool(function) for function in functions.values()] or omit,
            tool_choice="none" if functions and not may_call else omit,
            stream=True,
        )
        async with stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    finish_reason = choice.finish_reason or finish_reason
                    # With its asynchronous content filter Azure sends choices without a delta (openai-python#2313).
                    delta = cast(ChoiceDelta | None, choice.delta) or ChoiceDelta()
                    if piece := delta.content or delta.refusal:
                        text.append(piece)
                        if on_chunk:
                            await on_chunk(piece)
                    for part in delta.tool_calls or ():
                        _add(calls, part)
        if finish_reason is None:
            raise APIConnectionError(message="The stream ended before the answer.", request=stream.response.request)
        if finish_reason == "content_filter":
            raise ContentFilteredError
        return ModelMessage(
            content="".join(text) or None,
            function_calls=[read_call(call.id, call.name, call.arguments) for call in calls] or None,
        )


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
