"""What a model answers."""

from dataclasses import dataclass, field

from microsoft_teams.ai import ModelMessage


@dataclass(frozen=True)
class Usage:
    """The tokens that an answer has cost; None where the server does not say. Usages add up, None to what is known."""

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
    """A model's message, and what is known of it beside its text.

    `usage` covers every request that the answer took, tool rounds included. `cut_off` says that the token limit ended
    the answer.
    """

    usage: Usage = field(default_factory=Usage)
    cut_off: bool = False
