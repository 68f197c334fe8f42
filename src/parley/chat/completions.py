"""The Chat Completions API."""

import json
from dataclasses import dataclass

from microsoft_teams.ai import Function, FunctionMessage, Memory, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAICompletionsAIModel
from openai import AsyncOpenAI, omit
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall
from pydantic import BaseModel

from .rounds import Functions, OnChunk, answer_in_rounds, parameters_of, read_call


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

        async def ask(messages: list[Message], offered: Functions) -> ModelMessage:
            return await self._stream([system, *messages] if system else messages, offered, on_chunk)

        return await answer_in_rounds(ask, input, memory, functions or {})

    async def _stream(self, messages: list[Message], functions: Functions, on_chunk: OnChunk | None) -> ModelMessage:
        text: list[str] = []
        calls: dict[int, _CallInParts] = {}
        stream = await self._completions.create(
            model=self._name,
            messages=[_message(message) for message in messages],
            tools=[_tool(function) for function in functions.values()] or omit,
            stream=True,
        )
        async with stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    if choice.delta.content:
                        text.append(choice.delta.content)
                        if on_chunk:
                            await on_chunk(choice.delta.content)
                    for part in choice.delta.tool_calls or ():
                        calls.setdefault(part.index, _CallInParts()).add(part)
        return ModelMessage(
            content="".join(text) or None,
            function_calls=[read_call(call.id, call.name, call.arguments) for call in calls.values()] or None,
        )


@dataclass
class _CallInParts:
    """A tool call, which arrives in pieces."""

    id: str = ""
    name: str = ""
    arguments: str = ""

    def add(self, part: ChoiceDeltaToolCall) -> None:
        self.id += part.id or ""
        if part.function:
            self.name += part.function.name or ""
            self.arguments += part.function.arguments or ""


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
