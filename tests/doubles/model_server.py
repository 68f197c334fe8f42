"""A server that speaks the OpenAI protocol and says what the test tells it to.

Chat Completions and Responses, as JSON and as server-sent events, at the paths of OpenAI and of Azure OpenAI.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

Json = dict[str, Any]


@dataclass
class Turn:
    """What the model does when it is asked once."""

    words: list[str] = field(default_factory=list[str])
    calls: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    status: int = 200
    error: Json | None = None
    fails_midway: Json | None = None
    breaks_off: bool = False
    ends_early: bool = False
    events: list[Json] | None = None
    gate: asyncio.Event | None = None
    pauses: list[float] = field(default_factory=list[float])


class ModelServer:
    """Answers each request with the next scripted turn, and with "OK." when none is left."""

    url: str

    def __init__(self) -> None:
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.connections: list[object] = []
        self.hung_up_at: float | None = None
        """When the bot did not want the rest of an answer any more, in seconds of the event loop."""
        self._turns: deque[Turn] = deque()
        self.app = FastAPI()
        self.app.post("/{path:path}")(self._answer)

    def answers(self, *words: str) -> None:
        """Stream these pieces."""
        self._turns.append(Turn(list(words)))

    def answers_slowly(self, *words: str) -> asyncio.Event:
        """Stream all pieces but the last, and the last when the returned event is set."""
        gate = asyncio.Event()
        self._turns.append(Turn(list(words), gate=gate))
        return gate

    def speaks(self, *words: str | float) -> None:
        """Stream these pieces, and pause for the seconds that stand between them."""
        turn = Turn()
        pause = 0.0
        for word in words:
            if isinstance(word, str):
                turn.words.append(word)
                turn.pauses.append(pause)
            pause = 0.0 if isinstance(word, str) else word
        turn.pauses.append(pause)
        self._turns.append(turn)

    def calls(self, *calls: tuple[str, str, str], words: tuple[str, ...] = ()) -> None:
        """Call tools, each given as id, name and arguments (JSON text)."""
        self._turns.append(Turn(list(words), list(calls)))

    def refuses(self, status: int, code: str, message: str = "refused") -> None:
        """Refuse with a status and the API's error."""
        error = {"message": message, "type": "error", "code": code, "param": None}
        self._turns.append(Turn(status=status, error=error))

    def fails_after(self, *words: str, code: str = "server_error") -> None:
        """Stream these pieces, then report an error within the stream."""
        self._turns.append(Turn(list(words), fails_midway={"message": "failed", "type": "error", "code": code}))

    def breaks_off_after(self, *words: str) -> None:
        """Stream these pieces, then close the connection."""
        self._turns.append(Turn(list(words), breaks_off=True))

    def streams(self, *events: Json) -> None:
        """Stream these very events: for what only some servers say."""
        self._turns.append(Turn(events=list(events)))

    def ends_early_after(self, *words: str) -> None:
        """Stream these pieces, then end the response in good order, but without its end."""
        self._turns.append(Turn(list(words), ends_early=True))

    @property
    def last_turn(self) -> Turn:
        """The turn that was scripted last."""
        return self._turns[-1]

    @property
    def last(self) -> Json:
        """The body of the last request."""
        return self.requests[-1]

    def messages(self, request: int = -1) -> list[tuple[str, str]]:
        """The messages of a request as role and content, whichever API it was made with."""
        body = self.requests[request]
        if "messages" in body:
            return [(m["role"], m["content"]) for m in body["messages"]]
        items = [(item["role"], item["content"]) for item in body["input"] if "role" in item]
        return [("system", body["instructions"]), *items] if body.get("instructions") else items

    async def _answer(self, path: str, request: Request) -> Response:
        body: Json = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        self.paths.append(path)
        self.connections.append(request.client)
        turn = self._turns.popleft() if self._turns else Turn(["OK."])
        if turn.error:
            # Without the header the client would wait and try again.
            return JSONResponse({"error": turn.error}, turn.status, {"x-should-retry": "false"})
        api = _Responses(turn) if path.endswith("responses") else _Completions(turn)
        if not body.get("stream"):
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
            yield _event(event)
        yield b"data: [DONE]\n\n"
        return
    for index, word in enumerate(turn.words):
        if turn.gate and index == len(turn.words) - 1:
            await turn.gate.wait()
        if turn.pauses:
            await asyncio.sleep(turn.pauses[index])
        yield _event(api.piece(word))
    if turn.pauses:
        await asyncio.sleep(turn.pauses[-1])
    if turn.breaks_off:
        raise ConnectionAbortedError  # uvicorn closes the connection within the chunked body
    if turn.fails_midway:
        yield _event(api.failure(turn.fails_midway))
        return
    if turn.ends_early:
        return
    for event in api.end():
        yield _event(event)
    yield b"data: [DONE]\n\n"


def _event(data: Json) -> bytes:
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


class _Completions:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def _chunk(self, delta: Json, finish_reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}

    def piece(self, word: str) -> Json:
        return self._chunk({"content": word})

    def failure(self, error: Json) -> Json:
        return {"error": error}

    def end(self) -> list[Json]:
        chunks: list[Json] = []
        for index, (id, name, arguments) in enumerate(self._turn.calls):
            half = len(arguments) // 2
            first = {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}
            chunks.append(self._chunk({"tool_calls": [first]}))
            for part in (arguments[:half], arguments[half:]):
                chunks.append(self._chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]}))
        return [*chunks, self._chunk({}, "tool_calls" if self._turn.calls else "stop")]

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

    def end(self) -> list[Json]:
        return [{"type": "response.completed", "sequence_number": 2, "response": self.whole()}]

    def whole(self) -> Json:
        text = {"type": "output_text", "text": "".join(self._turn.words), "annotations": []}
        message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [text]}
        calls = [
            {"type": "function_call", "id": f"f{id}", "call_id": id, "name": name, "arguments": arguments}
            for id, name, arguments in self._turn.calls
        ]
        return {
            "id": "r",
            "object": "response",
            "created_at": 1,
            "model": "scripted",
            "output": [*([message] if self._turn.words else []), *calls],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
        }
