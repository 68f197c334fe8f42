"""A question to the demo model, with the rest of its request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .arithmetic import find_sum
from .pictures import Look

# The sentence of the instructions for groups, in which each message begins with its author's name and a colon.
_IN_GROUP = "You are in a group conversation."

# The frames around quotes, and the beginning of those around attachments, see `chat/frames.py`.
_QUOTES = re.compile(r"(?:\[quote \w+\] .*\n(?:>.*\n)*\n*)+")
_ATTACHED = re.compile(r"^\[(?:file|picture|unreadable) [0-9a-f]{8}: ", re.MULTILINE)

READ = 500
"""The characters of a question that the rules look at."""


@dataclass(frozen=True)
class Message:
    """A user's message. In a 1:1 chat it has no author."""

    author: str
    text: str

    @cached_property
    def words(self) -> str:
        """The words of the user, without what they quote or attach."""
        quotes = _QUOTES.match(self.text)
        own = self.text[quotes.end() if quotes else 0 :]
        attached = _ATTACHED.search(own)
        return own[: attached.start() if attached else None][:READ].strip()


@dataclass(frozen=True)
class Question:
    """A question with the rest of the request."""

    message: Message
    earlier: Sequence[Message]
    answers: Sequence[str]
    """The model's earlier answers."""
    instructions: str
    tools: set[str]
    result: str | None
    """The result of the tool that the model has called for this question."""
    pictures: Sequence[Look | None]

    @cached_property
    def sum(self) -> str | None:
        """The sum that the message asks for; None if it asks for none."""
        return find_sum(self.message.words)


def read_question(messages: list[dict[str, Any]], tools: set[str], pictures: Sequence[Look | None]) -> Question:
    """The question of a request, see `compose`."""
    instructions = "\n".join(message["content"] for message in messages if message["role"] == "system")
    in_group = _IN_GROUP in instructions
    texts = [message["content"] for message in messages if message["role"] == "user"]
    *earlier, last = (Message(*_split_name(text)) if in_group else Message("", text) for text in texts)
    return Question(
        message=last,
        earlier=earlier,
        answers=[message["content"] or "" for message in messages if message["role"] == "assistant"],
        instructions=instructions,
        tools=tools,
        result=messages[-1]["content"] if messages[-1]["role"] == "tool" else None,
        pictures=pictures,
    )


def _split_name(message: str) -> tuple[str, str]:
    name, _, words = message.partition(": ")
    return name, words
