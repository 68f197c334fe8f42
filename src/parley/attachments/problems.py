"""Notes to the user about attachments that do not reach the model, or not whole."""

from dataclasses import dataclass

from ..extraction import Problem


@dataclass(frozen=True)
class Note:
    """A problem with the attachment of a name."""

    problem: Problem
    name: str
