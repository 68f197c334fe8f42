"""The demo model: a Chat Completions endpoint inside the process, to try the bot without a key.

It is a list of rules, not a language model. It tells the user so, and uses what a real model would use: the
instructions, the history, and tools. The OpenAI client reaches it as it reaches a real one, but the request does not
leave the process.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

# The sentence of the instructions for groups, in which each message begins with its author's name and a colon.
_IN_GROUP = "You are in a group conversation."

BASE_URL = "http://demo-model/v1"
MODEL_NAME = "parley-demo"

# About as fast as a user reads.
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
    """An answer that calls a tool."""

    name: str


class _Events(httpx2.AsyncByteStream):
    """The answer as server-sent events, one per word."""

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
    """The answer to the last of `messages`, which are those of Chat Completions, oldest first.

    `tools` are the names of the tools that may be called. After a call, the last message is its result.
    """
    instructions = "\n".join(message["content"] for message in messages if message["role"] == "system")
    in_group = _IN_GROUP in instructions
    texts = [message["content"] for message in messages if message["role"] == "user"]
    result = messages[-1]["content"] if messages[-1]["role"] == "tool" else None
    *earlier, last = (_Message(*_split_name(text)) if in_group else _Message("", text) for text in texts)
    for pattern, answer in _RULES:
        if match := re.search(pattern, last.text, re.IGNORECASE):
            return answer(_Question(match, last.author, earlier, instructions, tools, result))
    return f"You said: “{last.text}”\n\nI am only a demo model; ask me *What can you do?*"


@dataclass(frozen=True)
class _Message:
    """A user's message. In a 1:1 chat it has no author."""

    author: str
    text: str


@dataclass(frozen=True)
class _Question:
    """A message that matches one of the rules, with the rest of the request."""

    match: re.Match[str]
    author: str
    earlier: list[_Message]
    instructions: str
    tools: set[str]
    result: str | None


def _recall_name(question: _Question) -> str:
    for message in reversed(question.earlier):
        if message.author == question.author and (found := re.search(_MY_NAME, message.text, re.IGNORECASE)):
            return f"Your name is {found[1]}."
    return "You have not told me your name yet."


def _recall_own(question: _Question) -> str:
    mine = [message.text for message in question.earlier if message.author == question.author]
    return f"Before this you said: “{mine[-1]}”" if mine else "This is the first thing you said to me."


def _recall_other(question: _Question) -> str:
    for message in reversed(question.earlier):
        if question.match[1].lower() in message.author.lower().split():
            return f"{message.author} said: “{message.text}”"
    return f"I have not heard anything from {question.match[1]}."


def _answer_time(question: _Question) -> str | ToolCall:
    if question.result is None:
        return ToolCall("current_time") if "current_time" in question.tools else "I have no clock."
    return f"It is {question.result}."


def _answer_members(question: _Question) -> str | ToolCall:
    if question.result is None:
        return ToolCall("conversation_members") if "conversation_members" in question.tools else "I cannot see anybody."
    return question.result


def _answer_story_with_time(question: _Question) -> str | ToolCall:
    time = _answer_time(question)
    return time if isinstance(time, ToolCall) else f"{_STORY} {time}"


def _answer_file(question: _Question) -> str:
    words = " ".join(question.match[2].split())
    beginning = f"Your file {question.match[1]} begins with: “{words[:200]}”"
    return f"{beginning}\n\nI am only a demo model, and understand none of it."


_MY_NAME = r"my name is (\w[\w '-]*\w|\w)"

_RULES: list[tuple[str, Callable[[_Question], str | ToolCall]]] = [
    (r"\[file \w+: (.*)\]\n(?s:(.*))\n\[", _answer_file),
    (r"what(?:'s| is) my name", _recall_name),
    (_MY_NAME, lambda question: f"Nice to meet you, {question.match[1]}! I will remember that."),
    (r"what did i (?:say|ask)", _recall_own),
    (r"what did (\w+)(?: \w+)? (?:say|ask)", _recall_other),
    (r"instructions", lambda question: f"My instructions are: “{question.instructions}”"),
    (r"\bstory with the time\b", _answer_story_with_time),
    (r"what(?:'s| is) the (?:time|date)|what (?:time|day) is it", _answer_time),
    (r"who(?:'s| is| are) (?:here|in this)", _answer_members),
    (r"\b(?:story|long answer)\b", lambda _question: _STORY),
    (r"\b(?:code|table|markdown)\b", lambda _question: _CODE),
    (r"^\W*(?:hi|hello|hey)\b|what can you", lambda _question: _HELP),
]
