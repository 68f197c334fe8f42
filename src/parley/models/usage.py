"""What a question costs at the model, also when nothing comes of it."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from microsoft_teams.ai import Message

from .messages import Answer
from .tokens import estimate_tokens


class Meter:
    """Counts the tokens of the requests that are made for a question."""

    def __init__(self) -> None:
        self.tokens = 0
        """How many there were, in and out: as the model's server says, or else estimated."""

    def count(self, asked: list[Message], answer: Answer) -> None:
        """Count one request, and what came of it."""
        usage = answer.usage
        told = [tokens for tokens in (usage.input_tokens, usage.output_tokens) if tokens is not None]
        self.tokens += sum(told) if told else estimate_tokens([*asked, answer])


# The SDK stands between who asks a question and the model, and hands nothing through. So the meter is part of the
# context that the model is asked in.
_current: ContextVar[Meter | None] = ContextVar("current_meter", default=None)


@contextmanager
def metered() -> Generator[Meter]:
    """What is asked in the block is counted."""
    meter = Meter()
    previous = _current.set(meter)
    try:
        yield meter
    finally:
        _current.reset(previous)


def count(asked: list[Message], answer: Answer) -> None:
    """Count one request, if anybody wants to know."""
    if meter := _current.get():
        meter.count(asked, answer)
