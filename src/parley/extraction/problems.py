"""The problems for which an attachment does not reach the model, or not whole."""

from enum import StrEnum


class Problem(StrEnum):
    """A problem with an attachment; also the id of the line that the user gets."""

    OF_OTHER_KIND = "attachment-unsupported"
    TOO_MANY = "attachment-too-many"
    TOO_LARGE = "attachment-too-large"
    NOT_DOWNLOADED = "attachment-not-downloaded"
    EMPTY = "attachment-empty"
    DAMAGED = "attachment-damaged"
    ENCRYPTED = "attachment-encrypted"
    WITHOUT_TEXT = "attachment-without-text"
    TOO_SLOW = "attachment-too-slow"
    BROKEN_OFF = "attachment-failed"
    CUT = "attachment-cut"
    INCOMPLETE = "attachment-incomplete"
    MISREAD = "attachment-misread"
    MOVING = "attachment-animated"
    ONLY_IN_CHAT = "attachment-only-in-chat"


class UnreadableError(Exception):
    """Nothing of the file can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem
