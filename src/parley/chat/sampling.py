"""How a model is to write."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """The options of a request that shape the answer; None leaves an option to the model's server."""

    max_output_tokens: int | None = None
    """Most tokens of one answer, those of hidden reasoning included."""
    temperature: float | None = None
    """From 0, the likeliest words, to 2. Reasoning models refuse it."""
