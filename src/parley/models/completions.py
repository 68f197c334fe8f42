"""The Chat Completions API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import httpx2
from microsoft_teams.ai import Function, FunctionCall, FunctionMessage, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAICompletionsAIModel
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionContentPartParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import BaseModel

from .attempt import End
from .errors import AnswerFilteredError, AnswerLostError
from .messages import Answer, Question, Usage
from .model import Model
from .tool_calls import parameters_of, read_call
from .tool_loop import Round
from .wire import json_of, listed, mapping, number_of, text_of

# Compatible servers have finish reasons of their own: vLLM "abort", DeepSeek "insufficient_system_resource", Mistral
# "model_length", Gemini "SAFETY". Any other one, such as "eos_token", means "stop".
_LOST = ("abort", "cancelled", "error", "insufficient_system_resource", "network_error")
_CUT_OFF = ("length", "model_length", "max_tokens", "max_output_tokens", "max_new_tokens")
_FILTERED = ("content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii", "sensitive")

# The fields in which compatible servers put the reasoning of a model.
_REASONING = ("reasoning_content", "reasoning", "reasoning_details", "thinking", "thinking_blocks")


class CompletionsModel(Model, OpenAICompletionsAIModel):
    """A model behind the Chat Completions API."""

    MODE = "completions"
    PATH = "/chat/completions"

    def _request(self, system: SystemMessage | None, round: Round) -> Mapping[str, object]:
        messages = [system, *round.messages] if system else round.messages
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
            limit = "max_tokens" if self._sampling.limits_by_max_tokens else "max_completion_tokens"
            request[limit] = self._sampling.max_output_tokens
        if self._sampling.temperature is not None:
            request["temperature"] = self._sampling.temperature
        return request

    def _reader(self, request: httpx2.Request) -> "_Reader":
        return _Reader()


class _Reader:
    """Reads the chunks of one answer."""

    def __init__(self) -> None:
        self._calls = _Calls()
        self._has_text = False
        self._finish_reason = ""
        self._usage = Usage()
        self._was_early = False
        self.has_read = False
        self.end = End.NONE

    @property
    def is_calling(self) -> bool:
        return bool(self._calls.all)

    def answer(self) -> Answer:
        if self._finish_reason in _FILTERED:
            raise AnswerFilteredError("The answer was filtered")
        if self._finish_reason in _LOST:
            raise AnswerLostError(f"The answer has ended by {self._finish_reason!r}")
        calls: dict[str, FunctionCall] = {}
        for call in self._calls.all:
            id = call.id if call.id and call.id not in calls else f"call-{uuid4().hex}"
            calls[id] = read_call(id, call.name, call.arguments)
        return Answer(None, list(calls.values()) or None, usage=self._usage, cut_off=self._finish_reason in _CUT_OFF)

    def read(self, event: object) -> str | None:
        chunk = mapping(event)
        self.has_read |= "choices" in chunk
        pieces = [self._read_choice(mapping(choice)) for choice in listed(chunk.get("choices"))]
        if usage := mapping(chunk.get("usage")):
            self._usage = Usage(number_of(usage.get("prompt_tokens")), number_of(usage.get("completion_tokens")))
        progress = [piece for piece in pieces if piece is not None]
        return "".join(progress) if progress else None

    def _read_choice(self, choice: Mapping[str, object]) -> str | None:
        reason = text_of(choice.get("finish_reason"))
        delta = mapping(choice.get("delta"))
        if (message := mapping(choice.get("message"))) and not (
            self._has_text or self._calls.all or delta.get("content")
        ):
            # The answer was not streamed. Where it was, some servers repeat it whole at its end.
            delta, reason = message, reason or "stop"
        text = text_of(delta.get("content")) or text_of(delta.get("refusal")) or text_of(choice.get("text"))
        parts = listed(delta.get("tool_calls"))
        if function := delta.get("function_call"):
            parts = [*parts, {"function": function}]
        for part in parts:
            self._calls.add(mapping(part))
        self._has_text |= bool(text)
        self._end(reason, brings_more=bool(text or parts))
        if text or parts or delta.get("content") or any(delta.get(name) for name in _REASONING):
            return text
        return None

    def _end(self, reason: str, *, brings_more: bool) -> None:
        """Take the mark of the end, which more of the answer takes back."""
        reason = reason.lower()
        if brings_more and self.end is not End.NONE:
            self._was_early, self._finish_reason, self.end = True, "", End.NONE
        if reason in ("", "null", "none"):
            return
        self._finish_reason = reason
        has_begun = self._has_text or bool(self._calls.all)
        self.end = End.LIKELY if has_begun and not brings_more and not self._was_early else End.HINT


@dataclass
class _CallInParts:
    """A tool call, which arrives in pieces."""

    index: int | None
    id: str = ""
    name: str = ""
    arguments: str = ""

    @property
    def is_whole(self) -> bool:
        if self.arguments.startswith("{") and not self.arguments.rstrip().endswith("}"):
            return False  # a server that repeats the name in each piece would have all of them parsed each time
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True

    def is_followed_by(self, index: int | None, id: str, name: str) -> bool:
        """True if a piece with the same index or id begins another call, as only a piece with a name can.

        Ollama gives all calls the index 0 but each an id (ollama#15457), other servers give neither. vLLM gave each
        piece of a call another id, and some servers repeat the name in each piece.
        """
        if not name:
            return False
        if self.id and id == self.id:
            return index != self.index and self.is_whole
        if self.id and id:
            return index is None or self.is_whole or not self.arguments or name != self.name
        return self.is_whole


class _Calls:
    """The tool calls of an answer, which may be thousands."""

    def __init__(self) -> None:
        self.all: list[_CallInParts] = []
        self._latest_by_id: dict[str, _CallInParts] = {}
        self._latest_by_index: dict[int | None, _CallInParts] = {}

    def add(self, part: Mapping[str, object]) -> None:
        """Add a piece to the call with its id, or else its index, or else to the last call."""
        function = mapping(part.get("function"))
        index, id = number_of(part.get("index")), text_of(part.get("id"))
        name, arguments = text_of(function.get("name")), json_of(function.get("arguments"))
        call = self._latest_by_id.get(id) or self._latest_by_index.get(index)
        if call is None and not name:
            call = self.all[-1] if self.all else None
        if call is None or call.is_followed_by(index, id, name):
            call = self._latest_by_index[index] = _CallInParts(index)
            self.all.append(call)
        if id and not call.id:
            call.id = id
            self._latest_by_id[id] = call
        call.name = name or call.name
        if call.arguments == "{}" and arguments:
            call.arguments = ""  # some servers begin with an empty object and send the real one later
        call.arguments += arguments


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
