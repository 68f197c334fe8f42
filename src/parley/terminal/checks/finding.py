"""What a check has found."""

from dataclasses import dataclass
from enum import Enum

from ...logs import cause_of, redact

_LONGEST_CAUSE = 300  # characters


class Mark(Enum):
    """Whether what was found is in order."""

    GOOD = "✓"
    DOUBTFUL = "!"
    BROKEN = "✗"


@dataclass(frozen=True)
class Finding:
    """One line for the operator."""

    mark: Mark
    text: str
    """What was found and, unless that is good, what to do about it."""


def good(text: str) -> Finding:
    return Finding(Mark.GOOD, text)


def doubtful(text: str) -> Finding:
    return Finding(Mark.DOUBTFUL, text)


def broken(text: str) -> Finding:
    return Finding(Mark.BROKEN, text)


def explain(error: BaseException, secrets: list[str]) -> str:
    """What has led to an error, in one line without secrets."""
    return redact(secrets, cause_of(error))[:_LONGEST_CAUSE].rstrip(" .:")
