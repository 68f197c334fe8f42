"""Why something that a person has attached does not reach the model, or not all of it."""

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """What happened; also the id of the line that the person gets."""

    OF_OTHER_KIND = "attachment-of-other-kind"
    TOO_MANY = "attachment-too-many"
    TOO_LARGE = "attachment-too-large"
    NOT_DOWNLOADED = "attachment-not-downloaded"
    EMPTY = "attachment-empty"
    DAMAGED = "attachment-damaged"
    ENCRYPTED = "attachment-encrypted"
    WITHOUT_TEXT = "attachment-without-text"
    TOO_SLOW = "attachment-too-slow"
    BROKEN_OFF = "attachment-broken-off"
    CUT = "attachment-cut"
    MOVING = "attachment-moving"
    ONLY_IN_CHAT = "attachment-only-in-chat"


class UnreadableError(Exception):
    """Nothing of it can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Note:
    """What a person is to be told of a thing that they have attached, by its name."""

    problem: Problem
    name: str
