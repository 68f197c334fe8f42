"""The Responses API."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import uuid4

import httpx2
from microsoft_teams.ai import Function, FunctionMessage, Message, ModelMessage, SystemMessage
from microsoft_teams.openai import OpenAIResponsesAIModel
from openai.types.responses import FunctionToolParam, ResponseInputContentParam, ResponseInputItemParam
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import BaseModel

from .attempt import End
from .errors import AnswerFilteredError, AnswerLostError
from .messages import Answer, Question, Usage
from .model import Model
from .tool_calls import parameters_of, read_call
from .tool_loop import Round
from .wire import api_error, json_of, listed, mapping, number_of, text_of


class ResponsesModel(Model, OpenAIResponsesAIModel):
    """A model behind the Responses API.

    It sends Parley's own history, as Chat Completions does: that is bounded and survives a restart. The server keeps no
    copy of it (`store=False`).
    """

    MODE = "responses"
    PATH = "/responses"

    def _request(self, system: SystemMessage | None, round: Round) -> Mapping[str, object]:
        request: ResponseCreateParamsStreaming = {
            "model": self._name,
            "instructions": system.content if system else None,
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

    def _reader(self, request: httpx2.Request) -> "_Reader":
        return _Reader(request)


_CUT_OFF = ("max_output_tokens", "max_tokens", "length")
_FILTERED = ("content_filter", "safety")


@dataclass(eq=False)
class _Call:
    """A tool call. Its events name it by its own id, by the id of its item or by its place in the output."""

    call_id: str = ""
    item_id: str = ""
    output_index: int | None = None
    name: str = ""
    arguments: str = ""
    is_whole: bool = False


class _Reader:
    """Reads the events of one response."""

    def __init__(self, request: httpx2.Request) -> None:
        self._request = request
        self._calls: list[_Call] = []  # perhaps thousands
        self._without_id: list[_Call] = []
        self._latest: dict[tuple[str, str | int], _Call] = {}  # by a kind of name and the name
        self._parts: set[tuple[str, str]] = set()
        self._deltas: list[str] = []
        self._usage = Usage()
        self._cut_off = False
        self.has_read = False
        self.end = End.NONE

    @property
    def is_calling(self) -> bool:
        return bool(self._calls)

    def answer(self) -> Answer:
        calls = [read_call(call.call_id or f"call-{uuid4().hex}", call.name, call.arguments) for call in self._calls]
        return Answer(None, calls or None, usage=self._usage, cut_off=self._cut_off)

    def read(self, event: object) -> str | None:
        fields = mapping(event)
        if fields.get("object") == "response":  # it was not streamed
            fields = {"type": "response.completed", "response": event}
        kind = text_of(fields.get("type"))
        self.has_read |= kind.startswith("response.")
        match kind:
            case "response.output_text.delta" | "response.refusal.delta":
                self._deltas.append(text_of(fields.get("delta")))
                return self._add_text(fields, fields.get("delta"))
            case "response.output_text.done" | "response.refusal.done":
                return self._add_whole_text(fields, fields.get("text") or fields.get("refusal"))
            case "response.output_item.added" | "response.output_item.done":
                return self._read_item(mapping(fields.get("item")), fields, is_whole=kind.endswith("done"))
            case "response.function_call_arguments.delta":
                self._find_or_add(fields).arguments += json_of(fields.get("delta"))
            case "response.function_call_arguments.done":
                self._find_or_add(fields).arguments = json_of(fields.get("arguments"))
            case "response.completed" | "response.incomplete" | "response.failed" | "response.done":
                return self._end(mapping(fields.get("response")), kind)
            case _ if "reasoning" in kind:
                pass
            case _:
                return None
        return ""

    def _add_text(self, event: Mapping[str, object], value: object) -> str | None:
        text = text_of(value)
        if text:
            self._parts.add(_part_of(event))
        return text or None

    def _add_whole_text(self, event: Mapping[str, object], value: object) -> str | None:
        """Add a text that an event repeats at its end, unless its pieces were added before."""
        # A server may name the place of a text in another way than that of its pieces.
        is_repeated = _part_of(event) in self._parts or text_of(value) in "".join(self._deltas)
        return None if is_repeated else self._add_text(event, value)

    def _read_item(self, item: Mapping[str, object], event: Mapping[str, object], *, is_whole: bool) -> str | None:
        if item.get("type") != "function_call":
            return None
        call = self._find_or_add({**event, "item_id": item.get("id"), "call_id": item.get("call_id")})
        call.name = text_of(item.get("name")) or call.name
        call.arguments = json_of(item.get("arguments")) or call.arguments
        call.is_whole = is_whole
        return ""

    def _find_or_add(self, event: Mapping[str, object]) -> _Call:
        """The call that an event belongs to. An event that names none belongs to the last one, until that is whole."""
        call_id, item_id = text_of(event.get("call_id")), text_of(event.get("item_id"))
        index = number_of(event.get("output_index"))
        names: list[tuple[str, str | int]] = [("call", call_id)] if call_id else []
        names += [("item", item_id)] if item_id else []
        names += [("index", index)] if index is not None else []
        found = (self._latest.get(name) for name in names)
        call = next((call for call in found if call and not (call_id and call.call_id not in ("", call_id))), None)
        if call is None and call_id and index is None:  # the first event that carries the id may be the last of all
            call = next(iter(self._without_id), None)
        if call is None and not names:
            call = next((call for call in self._calls[-1:] if not call.is_whole), None)
        if call is None:
            call = _Call()
            self._calls.append(call)
            self._without_id.append(call)
        if call_id and not call.call_id:
            call.call_id = call_id
            self._latest["call", call_id] = call
            self._without_id.remove(call)
        if item_id and not call.item_id:
            call.item_id = item_id
            self._latest["item", item_id] = call
        if index is not None and call.output_index is None:
            call.output_index = index
            self._latest["index", index] = call
        return call

    def _end(self, response: Mapping[str, object], kind: str) -> str | None:
        status = text_of(response.get("status")) or kind.removeprefix("response.")
        reason = text_of(mapping(response.get("incomplete_details")).get("reason"))
        if kind == "response.failed" or status == "failed":
            raise api_error(response.get("error"), self._request)
        if reason in _FILTERED:
            raise AnswerFilteredError("The answer was filtered")
        if (reason and reason not in _CUT_OFF) or status == "cancelled":
            raise AnswerLostError(f"The answer has ended by {reason or status!r}")
        self.end = End.CERTAIN
        self._cut_off = bool(reason) or status == "incomplete"
        usage = mapping(response.get("usage"))
        self._usage = Usage(number_of(usage.get("input_tokens")), number_of(usage.get("output_tokens")))
        text, were_streamed = "", bool(self._calls)
        for item in map(mapping, listed(response.get("output"))):
            if item.get("call_id") or item.get("id") or not were_streamed:
                self._read_item(item, {}, is_whole=True)
            if item.get("type") == "message" and not self._parts:
                text += text_of(item.get("content"))
        return text


def _part_of(event: Mapping[str, object]) -> tuple[str, str]:
    """The place of a text in the response: its output item, and its place in that."""
    item = text_of(event.get("item_id")) or text_of(event.get("output_index"))
    return item, text_of(event.get("content_index"))


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
