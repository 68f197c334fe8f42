"""The embedded model: a Chat Completions endpoint inside the process, for a first look without any key.

It is no language model. It knows a few sentences, says so, and shows what a real one would make use of: the
instructions, and what was said before in the conversation that it is sent. The OpenAI client reaches it as it reaches
a real one, only that the request does not leave the process.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

# What the instructions say of a group, where each message begins with its author's name and a colon.
_IN_GROUP = "You are in a group conversation."

BASE_URL = "http://demo-model/v1"
MODEL_NAME = "parley-demo"

# The pause between two words: about as fast as a person reads.
SECONDS_PER_WORD = 0.04

_HELP = """I am Parley's **demo model**: a handful of rules, not a language model. I am here so that you can see the \
bot at work before you connect a real one. Try:

- *My name is Ada.* and then *What is my name?*
- *What did I ask before?* or, in a group, *What did Alex ask?*
- *What are your instructions?*
- *What time is it?* and *Who is in this conversation?*, which take tools
- *Tell me a long story.* or *Tell me a long story with the time.*
- *Show me some code.*

To talk to a real model, set `OPENAI_API_KEY` and `OPENAI_MODEL` in `.env`."""

_STORY = " ".join(
    f"On day {day} the two sides met again, {scene}, and before the evening came they had agreed on one more thing."
    for day, scene in enumerate(
        (
            "each with a list of demands that nobody could carry alone",
            "and somebody had the sense to bring bread",
            "and found that they had been arguing about two different rivers",
            "with an interpreter who translated the jokes as well",
            "in the rain, which neither of them could blame on the other",
            "to read aloud what they had written, slowly, word by word",
            "and sat down at the same side of the table",
        ),
        start=1,
    )
)

_CODE = """Here is a function that greets:

```python
def greet(name: str) -> str:
    return f"Hello, {name}! 1 < 2, and this is code."
```

| call | result |
|---|---|
| `greet("Ada")` | Hello, Ada! |"""


class DemoModel(httpx2.AsyncBaseTransport):
    """Answers the OpenAI client's requests in the process, in place of the network."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a Chat Completions request, streamed or whole; the API's own error for any other."""
        body = json.loads(await request.aread() or b"{}")
        if not request.url.path.endswith("/chat/completions"):
            error = {"error": {"message": "The demo model only knows chat completions.", "code": "unsupported"}}
            return httpx2.Response(404, json=error)
        if any(isinstance(message["content"], list) for message in body["messages"]):
            error = {"error": {"message": "Invalid content type. image_url is only supported by certain models."}}
            return httpx2.Response(400, json=error)
        answer = compose(body["messages"], {tool["function"]["name"] for tool in body.get("tools", [])})
        if body.get("stream"):
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=_Events(answer))
        return httpx2.Response(200, json=_whole(answer))


@dataclass(frozen=True)
class ToolCall:
    """What the model answers when it wants to know what only a tool can tell."""

    name: str


class _Events(httpx2.AsyncByteStream):
    """The answer as server-sent events, a word each."""

    def __init__(self, answer: str | ToolCall) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        match self._answer:
            case ToolCall(name):
                function = {"name": name, "arguments": "{}"}
                yield _event({"tool_calls": [{"index": 0, "id": "call", "type": "function", "function": function}]})
                yield _event({}, finish_reason="tool_calls")
            case text:
                for word in re.findall(r"\s*\S+", text):
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
        case ToolCall(name):
            function = {"name": name, "arguments": "{}"}
            calls = [{"id": "call", "type": "function", "function": function}]
            message, reason = {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"
        case text:
            message, reason = {"role": "assistant", "content": text}, "stop"
    return {
        "id": "chatcmpl-demo",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL_NAME,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
    }


def _split_name(message: str) -> tuple[str, str]:
    name, _, words = message.partition(": ")
    return name, words


def compose(messages: list[dict[str, Any]], tools: set[str]) -> str | ToolCall:
    """The answer to the last of `messages`, which are Chat Completions messages, oldest first.

    `tools` are the names of those that may be called; the result of a call is the last message then.
    """
    instructions = "\n".join(message["content"] for message in messages if message["role"] == "system")
    in_group = _IN_GROUP in instructions
    said = [message["content"] for message in messages if message["role"] == "user"]
    result = messages[-1]["content"] if messages[-1]["role"] == "tool" else None
    *before, last = (_Said(*_split_name(words)) if in_group else _Said("", words) for words in said)
    for pattern, answer in _RULES:
        if match := re.search(pattern, last.words, re.IGNORECASE):
            return answer(_Asked(match, last.speaker, before, instructions, tools, result))
    return f"You said: “{last.words}”\n\nI am only a demo model; ask me *What can you do?*"


@dataclass(frozen=True)
class _Said:
    """What a person said; in groups also who it was."""

    speaker: str
    words: str


@dataclass(frozen=True)
class _Asked:
    """A question that one of the rules fits, and what the model was sent along with it."""

    match: re.Match[str]
    speaker: str
    before: list[_Said]
    instructions: str
    tools: set[str]
    result: str | None


def _recall_name(asked: _Asked) -> str:
    for said in reversed(asked.before):
        if said.speaker == asked.speaker and (told := re.search(_MY_NAME, said.words, re.IGNORECASE)):
            return f"Your name is {told[1]}."
    return "You have not told me your name yet."


def _recall_own(asked: _Asked) -> str:
    mine = [said.words for said in asked.before if said.speaker == asked.speaker]
    return f"Before this you said: “{mine[-1]}”" if mine else "This is the first thing you said to me."


def _recall_other(asked: _Asked) -> str:
    for said in reversed(asked.before):
        if asked.match[1].lower() in said.speaker.lower().split():
            return f"{said.speaker} said: “{said.words}”"
    return f"I have not heard anything from {asked.match[1]}."


def _tell_time(asked: _Asked) -> str | ToolCall:
    if asked.result is None:
        return ToolCall("current_time") if "current_time" in asked.tools else "I have no clock."
    return f"It is {asked.result}."


def _tell_members(asked: _Asked) -> str | ToolCall:
    if asked.result is None:
        return ToolCall("conversation_members") if "conversation_members" in asked.tools else "I cannot see anybody."
    return asked.result


def _tell_story_with_time(asked: _Asked) -> str | ToolCall:
    time = _tell_time(asked)
    return time if isinstance(time, ToolCall) else f"{_STORY} {time}"


def _tell_file(asked: _Asked) -> str:
    words = " ".join(asked.match[2].split())
    return (
        f"Your file {asked.match[1]} begins with: “{words[:200]}”\n\nI am only a demo model, and understand none of it."
    )


_MY_NAME = r"my name is (\w[\w '-]*\w|\w)"

_RULES: list[tuple[str, Callable[[_Asked], str | ToolCall]]] = [
    (r"\[file \w+: (.*)\]\n(?s:(.*))\n\[", _tell_file),
    (r"what(?:'s| is) my name", _recall_name),
    (_MY_NAME, lambda asked: f"Nice to meet you, {asked.match[1]}! I will remember that."),
    (r"what did i (?:say|ask)", _recall_own),
    (r"what did (\w+)(?: \w+)? (?:say|ask)", _recall_other),
    (r"instructions", lambda asked: f"My instructions are: “{asked.instructions}”"),
    (r"\bstory with the time\b", _tell_story_with_time),
    (r"what(?:'s| is) the (?:time|date)|what (?:time|day) is it", _tell_time),
    (r"who(?:'s| is| are) (?:here|in this)", _tell_members),
    (r"\b(?:story|long answer)\b", lambda _asked: _STORY),
    (r"\b(?:code|table|markdown)\b", lambda _asked: _CODE),
    (r"^\W*(?:hi|hello|hey)\b|what can you", lambda _asked: _HELP),
]
