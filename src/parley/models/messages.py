"""The messages of a conversation with a model: questions with pictures, answers with usage."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from microsoft_teams.ai import ModelMessage, UserMessage


@dataclass(frozen=True)
class Picture:
    """A picture in a question."""

    media_type: str
    data: bytes = field(repr=False)

    @cached_property
    def url(self) -> str:
        """The picture as a `data:` URL."""
        return f"data:{self.media_type};base64,{b64encode(self.data).decode()}"


@dataclass
class Question(UserMessage):
    """The text of a user's message, with what its attachments hold, and its pictures."""

    pictures: Sequence[Picture] = ()

    def without_pictures(self) -> UserMessage:
        """The question as the memory stores it. Its text names the pictures."""
        return UserMessage(self.content)


@dataclass(frozen=True)
class Usage:
    """The tokens of an answer; None if the server does not report them. The sum of None and a number is the number."""

    input_tokens: int | None = None
    output_tokens: int | None = None

    def __str__(self) -> str:
        if self.input_tokens is None and self.output_tokens is None:
            return "usage unknown"
        return f"{self.input_tokens} tokens in, {self.output_tokens} out"

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            _add(self.input_tokens, other.input_tokens),
            _add(self.output_tokens, other.output_tokens),
        )


def _add(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


@dataclass
class Answer(ModelMessage):
    """A model's message with its usage.

    `usage` is that of all requests for the answer, tool rounds included. `cut_off` is true if the token limit ended the
    answer.
    """

    usage: Usage = field(default_factory=Usage)
    cut_off: bool = False
