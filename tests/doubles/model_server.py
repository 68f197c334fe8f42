"""A server with the APIs of OpenAI, whose answers a test scripts.

Chat Completions and Responses, as JSON and as server-sent events, at the paths of OpenAI and of Azure OpenAI.
"""

import asyncio
import gzip
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from jsonschema import Draft202012Validator, SchemaError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from .server import new_app

Json = dict[str, Any]


@dataclass
class Turn:
    """The answer to one request."""

    words: list[str] = field(default_factory=list[str])
    calls: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    status: int = 200
    error: Json | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: tuple[str, str] | None = None
    hangs: bool = False
    fails_midway: Json | None = None
    sends: bytes | None = None
    stalls: bool = False
    pauses: list[float] = field(default_factory=list[float])
    stays_open: bool = False
    breaks_off: bool = False
    fails_after_end: bool = False
    ends_early: bool = False
    end: Literal["whole", "cut", "filtered"] = "whole"
    usage: tuple[int, int] | None = None
    events: list[Json | float] | None = None
    gate: asyncio.Event | None = None
    recording: "Recording | None" = None
    sent_at: list[float] = field(default_factory=list[float])
    """The times of the words, in seconds of the event loop."""


@dataclass(frozen=True)
class Recording:
    """A recorded body of a response. A line `%%SLEEP n` in it is a pause, `%%CUT` closes the connection."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "text/event-stream"})
    piece: int = 0
    """Bytes per piece; 0 sends all bytes up to the next pause at once."""
    gzip: bool = False

    async def pieces(self) -> AsyncIterator[bytes]:
        for part in re.split(rb"(?m)^(%%\w+.*)\n", self.body):
            if part.startswith(b"%%SLEEP"):
                await asyncio.sleep(float(part.split()[1]))
            elif part.startswith(b"%%CUT"):
                raise ConnectionAbortedError
            else:
                size = self.piece or len(part) or 1
                for start in range(0, len(part), size):
                    yield part[start : start + size]
                    if self.piece:
                        await asyncio.sleep(0)

    def response(self) -> Response:
        if self.gzip:
            return Response(gzip.compress(self.body), self.status, self.headers)
        response = StreamingResponse(self.pieces(), self.status)
        response.raw_headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        return response


# The limits of OpenAI's APIs: tools in a request, and keywords that the schema of a tool must not have at its top.
MOST_TOOLS = 128
NOT_AT_THE_TOP = {"oneOf", "anyOf", "allOf", "enum", "not"}


class ModelServer:
    """Answers each request with the next scripted turn, or with that of `improvise` if none is left."""

    url: str

    def __init__(self) -> None:
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.connections: list[object] = []
        self.hung_up_at: float | None = None
        """The time when the bot closed the connection within an answer, in seconds of the event loop."""
        self.improvise: Callable[[], Turn] = lambda: Turn(["OK."])
        """Makes a turn if none is scripted. `last` and `messages` describe the request."""
        self._turns: deque[Turn] = deque()
        self._requested = asyncio.Condition()
        self.app = new_app(Route("/{path:path}", self._answer, methods=["POST"]))

    def answers(
        self,
        *words: str,
        usage: tuple[int, int] | None = None,
        stays_open: bool = False,
        fails_after_end: bool = False,
    ) -> None:
        """Stream these pieces.

        Args:
            usage: the input and output tokens that the server reports.
            stays_open: keep the response open after the end of the answer.
            fails_after_end: close the connection after the end of the answer, before the end of the response.
        """
        self._turns.append(Turn(list(words), usage=usage, stays_open=stays_open, fails_after_end=fails_after_end))

    def answers_slowly(self, *words: str) -> asyncio.Event:
        """Stream all pieces but the last. Stream the last one when the returned event is set."""
        gate = asyncio.Event()
        self._turns.append(Turn(list(words), gate=gate))
        return gate

    def speaks(self, *words: str | float) -> Turn:
        """Stream these pieces; numbers are pauses in seconds."""
        turn = Turn()
        pause = 0.0
        for word in words:
            if isinstance(word, str):
                turn.words.append(word)
                turn.pauses.append(pause)
            pause = 0.0 if isinstance(word, str) else word
        turn.pauses.append(pause)
        self._turns.append(turn)
        return turn

    def calls(
        self, *calls: tuple[str, str, str], words: tuple[str, ...] = (), usage: tuple[int, int] | None = None
    ) -> None:
        """Call tools. A call is an id, a name and the arguments as JSON text."""
        self._turns.append(Turn(list(words), list(calls), usage=usage))

    def refuses(self, status: int, code: str, message: str = "refused", *, type: str = "error") -> None:
        """Refuse with a status and an error of the API, and forbid retries."""
        self._refuse(status, code, message, type, {"x-should-retry": "false"})

    def refuses_for_now(
        self, status: int, code: str, *, times: int = 1, message: str = "refused", **headers: object
    ) -> None:
        """Refuse `times` requests with a status and an error of the API. Keywords become headers: `retry_after=3`."""
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        for _ in range(times):
            self._refuse(status, code, message, "error", named)

    def _refuse(self, status: int, code: str, message: str, type: str, headers: dict[str, str]) -> None:
        error = {"message": message, "type": type, "code": code, "param": None}
        self._turns.append(Turn(status=status, error=error, headers=headers))

    def answers_without_a_stream(self, body: str, media_type: str) -> None:
        """Answer with a whole body instead of a stream."""
        self._turns.append(Turn(body=(body, media_type)))

    def hangs(self) -> None:
        """Accept the request and send nothing."""
        self._turns.append(Turn(hangs=True))

    def fails_after(self, *words: str, code: str = "server_error") -> None:
        """Stream these pieces, then report an error within the stream."""
        self._turns.append(Turn(list(words), fails_midway={"message": "failed", "type": "error", "code": code}))

    def breaks_off_after(self, *words: str, calls: Sequence[tuple[str, str, str]] = ()) -> None:
        """Stream these pieces and calls, then close the connection."""
        self._turns.append(Turn(list(words), list(calls), breaks_off=True))

    def stalls_after(self, *words: str, calls: Sequence[tuple[str, str, str]] = ()) -> None:
        """Stream these pieces and calls, then send nothing more."""
        self._turns.append(Turn(list(words), list(calls), stalls=True))

    def is_cut_off_after(self, *words: str, calls: Sequence[tuple[str, str, str]] = ()) -> None:
        """Stream these pieces and calls, then end at the token limit."""
        self._turns.append(Turn(list(words), list(calls), end="cut"))

    def is_filtered_after(self, *words: str) -> None:
        """Stream these pieces, then end by the content filter."""
        self._turns.append(Turn(list(words), end="filtered"))

    def sends_after(self, *words: str, data: str | bytes) -> None:
        """Stream these pieces, then an event with this data, then the end."""
        self._turns.append(Turn(list(words), sends=data.encode() if isinstance(data, str) else data))

    def streams(self, *events: Json | float) -> None:
        """Stream these events; numbers are pauses in seconds."""
        self._turns.append(Turn(events=list(events)))

    def plays(self, recording: Recording) -> None:
        """Send a recording."""
        self._turns.append(Turn(recording=recording))

    def ends_early_after(self, *words: str) -> None:
        """Stream these pieces, then end the response without the events that end the answer."""
        self._turns.append(Turn(list(words), ends_early=True))

    def forget(self) -> None:
        """Remove the turns that no request has used."""
        self._turns.clear()

    async def until_requested(self, times: int) -> None:
        """Wait for this number of requests."""
        async with self._requested:
            await self._requested.wait_for(lambda: len(self.requests) >= times)

    @property
    def last_turn(self) -> Turn:
        """The turn that was scripted last."""
        return self._turns[-1]

    @property
    def last(self) -> Json:
        """The body of the last request."""
        return self.requests[-1]

    def messages(self, request: int = -1) -> list[tuple[str, str]]:
        """The messages of a request with either API, as role and content."""
        body = self.requests[request]
        if "messages" in body:
            return [(m["role"], m["content"]) for m in body["messages"]]
        items = [(item["role"], item["content"]) for item in body["input"] if "role" in item]
        return [("system", body["instructions"]), *items] if body.get("instructions") else items

    def tool_result(self) -> str:
        """The result of the tool that the model called last."""
        return self.messages()[-1][1]

    async def _answer(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        body: Json = await request.json()
        async with self._requested:
            self.requests.append(body)
            self._requested.notify_all()
        self.headers.append(dict(request.headers))
        self.paths.append(path)
        self.queries.append(dict(request.query_params))
        self.connections.append(request.client)
        turn = self._turns.popleft() if self._turns else self.improvise()
        if error := _tools_error(body.get("tools") or []):
            return JSONResponse({"error": error}, 400, {"x-should-retry": "false"})
        if turn.hangs:
            await request.receive()  # the end of the connection
        if turn.error:
            return JSONResponse({"error": turn.error}, turn.status, turn.headers)
        if turn.recording:
            return turn.recording.response()
        if turn.body:
            return Response(turn.body[0], media_type=turn.body[1])
        tells_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        api = _Responses(turn) if path.endswith("responses") else _Completions(turn, tells_usage)
        if not body.get("stream"):
            await asyncio.sleep(sum(turn.pauses))
            return JSONResponse(api.whole())
        return StreamingResponse(self._until_hung_up(_stream(api, turn)), media_type="text/event-stream")

    async def _until_hung_up(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for event in events:
                yield event
        except (asyncio.CancelledError, GeneratorExit):
            self.hung_up_at = asyncio.get_running_loop().time()
            raise


async def _stream(api: "_Completions | _Responses", turn: Turn) -> AsyncIterator[bytes]:
    if turn.events is not None:
        for event in turn.events:
            if isinstance(event, float | int):
                await asyncio.sleep(event)
            else:
                yield _event(event)
        yield b"data: [DONE]\n\n"
        return
    for index, word in enumerate(turn.words):
        if turn.pauses:
            await asyncio.sleep(turn.pauses[index])
        if turn.gate and index == len(turn.words) - 1:
            await turn.gate.wait()
        turn.sent_at.append(asyncio.get_running_loop().time())
        yield _event(api.piece(word))
    if len(turn.pauses) > len(turn.words):
        await asyncio.sleep(turn.pauses[-1])
    if turn.sends is not None:
        yield b"data: " + turn.sends + b"\n\n"
    if turn.stalls:
        for event in api.calls():
            yield _event(event)
        await asyncio.Event().wait()
    if turn.breaks_off:
        for event in api.calls():
            yield _event(event)
        raise ConnectionAbortedError  # uvicorn closes the connection within the chunked body
    if turn.fails_midway:
        yield _event(api.failure(turn.fails_midway))
        return
    if turn.ends_early:
        return
    for event in [*api.calls(), *api.end()]:
        yield _event(event)
    if turn.fails_after_end:
        raise ConnectionAbortedError
    if turn.stays_open:
        await asyncio.Event().wait()
    yield b"data: [DONE]\n\n"


def _tools_error(tools: list[Json]) -> Json | None:
    """The error of OpenAI's APIs for invalid tools; None for valid ones."""
    error: Json = {"type": "invalid_request_error", "param": "tools"}
    if len(tools) > MOST_TOOLS:
        message = f"Invalid 'tools': array too long. Expected an array with maximum length {MOST_TOOLS}."
        return error | {"code": "array_above_max_length", "message": message}
    for function in (tool.get("function", tool) for tool in tools):
        schema, error["code"] = function["parameters"], "invalid_function_parameters"
        if schema.get("type") != "object" or not NOT_AT_THE_TOP.isdisjoint(schema):
            return error | {
                "message": f"Invalid schema for function '{function['name']}': schema must have type 'object'."
            }
        if not isinstance(schema.get("properties"), dict):
            return error | {
                "message": f"Invalid schema for function '{function['name']}': its properties are no object."
            }
        if fault := _schema_error(json.dumps(schema)):
            return error | {"message": f"Invalid schema for function '{function['name']}': {fault}."}
        if _lacks_items(schema):
            return error | {"message": f"Invalid schema for function '{function['name']}': array schema missing items."}
    return None


@cache
def _schema_error(schema: str) -> str | None:
    """The message of OpenAI's APIs for an invalid JSON Schema; None for a valid one."""
    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        return error.message
    return None


def _lacks_items(schema: Any) -> bool:
    """True if the JSON schema has an array without a schema for its items."""
    if not isinstance(schema, dict):
        return False
    types = schema.get("type")
    if "array" in (types if isinstance(types, list) else [types]) and not isinstance(schema.get("items"), dict):
        return True
    named = [of for word in ("properties", "$defs") for of in (schema.get(word) or {}).values()]
    listed = [of for word in ("anyOf", "oneOf", "allOf", "prefixItems") for of in schema.get(word) or []]
    return any(map(_lacks_items, [*named, *listed, schema.get("items"), schema.get("additionalProperties")]))


def _event(data: Json) -> bytes:
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


class _Completions:
    def __init__(self, turn: Turn, tells_usage: bool) -> None:
        self._turn = turn
        self._tells_usage = tells_usage

    def _chunk(self, delta: Json, finish_reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}

    def piece(self, word: str) -> Json:
        return self._chunk({"content": word})

    def failure(self, error: Json) -> Json:
        return {"error": error}

    def calls(self) -> list[Json]:
        chunks: list[Json] = []
        for index, (id, name, arguments) in enumerate(self._turn.calls):
            half = len(arguments) // 2
            first = {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}
            chunks.append(self._chunk({"tool_calls": [first]}))
            for part in (arguments[:half], arguments[half:]):
                chunks.append(self._chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]}))
        return chunks

    def end(self) -> list[Json]:
        whole = "tool_calls" if self._turn.calls else "stop"
        chunks = [self._chunk({}, {"whole": whole, "cut": "length", "filtered": "content_filter"}[self._turn.end])]
        if self._turn.usage and self._tells_usage:
            tokens_in, tokens_out = self._turn.usage
            usage = {
                "prompt_tokens": tokens_in,
                "completion_tokens": tokens_out,
                "total_tokens": tokens_in + tokens_out,
            }
            chunks.append(self._chunk({}) | {"choices": [], "usage": usage})
        return chunks

    def whole(self) -> Json:
        message = {"role": "assistant", "content": "".join(self._turn.words) or None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [choice]}


class _Responses:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def piece(self, word: str) -> Json:
        return {
            "type": "response.output_text.delta",
            "item_id": "m",
            "output_index": 0,
            "content_index": 0,
            "delta": word,
            "sequence_number": 1,
            "logprobs": [],
        }

    def failure(self, error: Json) -> Json:
        return {"type": "response.failed", "sequence_number": 2, "response": self.whole() | {"error": error}}

    def calls(self) -> list[Json]:
        return [
            {"type": "response.output_item.added", "output_index": index, "item": call, "sequence_number": 1}
            for index, call in enumerate(self._call_items())
        ]

    def end(self) -> list[Json]:
        if self._turn.end == "whole":
            return [{"type": "response.completed", "sequence_number": 2, "response": self.whole()}]
        reason = {"cut": "max_output_tokens", "filtered": "content_filter"}[self._turn.end]
        response = self.whole() | {"incomplete_details": {"reason": reason}}
        return [{"type": "response.incomplete", "sequence_number": 2, "response": response}]

    def whole(self) -> Json:
        text = {"type": "output_text", "text": "".join(self._turn.words), "annotations": []}
        message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [text]}
        tokens_in, tokens_out = self._turn.usage or (0, 0)
        usage = {"input_tokens": tokens_in, "output_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
        return {
            "id": "r",
            "object": "response",
            "created_at": 1,
            "model": "scripted",
            "output": [*([message] if self._turn.words else []), *self._call_items()],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": usage if self._turn.usage else None,
        }

    def _call_items(self) -> list[Json]:
        return [
            {"type": "function_call", "id": f"f{id}", "call_id": id, "name": name, "arguments": arguments}
            for id, name, arguments in self._turn.calls
        ]
