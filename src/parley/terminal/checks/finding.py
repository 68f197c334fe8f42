"""The findings of a check."""

from dataclasses import dataclass
from enum import Enum

from ...logs import cause_of, redact

_LONGEST_CAUSE = 300  # characters


class Mark(Enum):
    """The sign in front of a finding."""

    PASSED = "✓"
    WARNING = "!"
    FAILED = "✗"


@dataclass(frozen=True)
class Finding:
    """One line for the operator."""

    mark: Mark
    text: str
    """The result and, unless that is good, the advice."""


def passed(text: str) -> Finding:
    return Finding(Mark.PASSED, text)


def warning(text: str) -> Finding:
    return Finding(Mark.WARNING, text)


def failed(text: str) -> Finding:
    return Finding(Mark.FAILED, text)


def explain(error: BaseException, secrets: list[str]) -> str:
    """The cause of an error in one line without secrets."""
    return redact(secrets, cause_of(error))[:_LONGEST_CAUSE].rstrip(" .:")
