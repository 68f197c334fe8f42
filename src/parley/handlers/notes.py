"""What a person is told of what they have attached."""

from collections.abc import Iterable

from ..attachments import Note, Problem
from ..language import Language


def tell(notes: Iterable[Note], say: Language) -> list[str]:
    """The lines for the notes, one for each problem, with the names that it is about.

    The names are in code spans, so that none is taken for Markdown.
    """
    names: dict[Problem, list[str]] = {}
    for note in notes:
        names.setdefault(note.problem, []).append(f"`{note.name}`")
    return [say(problem, names=", ".join(named)) for problem, named in names.items()]
