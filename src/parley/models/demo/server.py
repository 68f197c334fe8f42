"""The demo model's endpoint, in place of the network."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import regex

from .pictures import look_at
from .rules import ToolCall, compose

BASE_URL = "http://demo-model/v1"
MODEL_NAME = "parley-demo"

# About as fast as a user reads.
SECONDS_PER_WORD = 0.04

# A word with the white space before it. Chinese and Japanese have no spaces between words.
_WORD = regex.compile(r"(?V1)\s*(?:[\p{Han}\p{Hiragana}\p{Katakana}]{1,3}|[\S--[\p{Han}\p{Hiragana}\p{Katakana}]]+)")


class DemoModel(httpx2.AsyncBaseTransport):
    """Answers the OpenAI client's requests in the process."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a Chat Completions request, streamed or whole; the API's own error for any other."""
        body = json.loads(await request.aread() or b"{}")
        if not request.url.path.endswith("/chat/completions"):
            error = {"error": {"message": "The demo model only knows chat completions.", "code": "unsupported"}}
            return httpx2.Response(404, json=error)
        messages = body["messages"]
        pictures = [await asyncio.to_thread(look_at, url) for url in _picture_urls(messages[-1])]
        tools = {tool["function"]["name"] for tool in body.get("tools", [])}
        answer = compose([_as_text(message) for message in messages], tools, pictures)
        if body.get("stream"):
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=_Events(answer))
        return httpx2.Response(200, json=_whole(answer))


class _Events(httpx2.AsyncByteStream):
    """The answer as server-sent events, one per word."""

    def __init__(self, answer: str | ToolCall) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        match self._answer:
            case ToolCall():
                yield _event({"tool_calls": [{"index": 0, **_call(self._answer)}]})
                yield _event({}, finish_reason="tool_calls")
            case text:
                for word in _WORD.findall(text):
                    yield _event({"content": word})
                    await asyncio.sleep(SECONDS_PER_WORD)
                yield _event({}, finish_reason="stop")
        yield b"data: [DONE]\n\n"


def _event(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-demo",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": MODEL_NAME,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _whole(answer: str | ToolCall) -> dict[str, Any]:
    match answer:
        case ToolCall():
            message, reason = {"role": "assistant", "content": None, "tool_calls": [_call(answer)]}, "tool_calls"
        case text:
            message, reason = {"role": "assistant", "content": text}, "stop"
    return {
        "id": "chatcmpl-demo",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL_NAME,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
    }


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"id": "call", "type": "function", "function": function}


def _picture_urls(message: dict[str, Any]) -> list[str]:
    return [part["image_url"]["url"] for part in _parts(message) if "image_url" in part]


def _as_text(message: dict[str, Any]) -> dict[str, Any]:
    """The message without its pictures."""
    parts = _parts(message)
    return message | {"content": "\n\n".join(part["text"] for part in parts if "text" in part)} if parts else message


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a message with pictures."""
    content: str | list[dict[str, Any]] | None = message["content"]
    return content if isinstance(content, list) else []
