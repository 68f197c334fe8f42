"""What a message brings along, as the model takes it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..chat import attached_in, frame_name, names_in, new_mark
from ..extraction import Problem
from ..models import Picture, Question
from .uploads import Note, Upload


@dataclass(frozen=True)
class Attached:
    """What could be read of a message's attachments, and what there is to be said of them."""

    parts: tuple[str, ...] = ()
    """What the model is told, in the order in which it was attached: the names of pictures, the texts of files."""
    pictures: tuple[Picture, ...] = ()
    notes: tuple[Note, ...] = ()
    """What the person is to be told."""
    is_unreadable: bool = False
    """Whether something was attached and nothing of it could be read: without words the model has nothing to answer."""

    def beside(self, unread: Iterable[Note]) -> "Attached":
        """The same, with what there is no way to read."""
        notes = tuple(unread)
        # The user's own text, which alone is cut here, stands in the question.
        names = [note.name for note in notes if note.problem is not Problem.CUT]
        if not names:
            return replace(self, notes=(*self.notes, *notes))
        mark = new_mark()
        parts = (*self.parts, *(frame_name("unreadable", name, mark) for name in names))
        is_unreadable = self.is_unreadable or not self.parts
        return replace(self, parts=parts, notes=(*self.notes, *notes), is_unreadable=is_unreadable)

    def question(self, words: str) -> Question:
        """The question that a person's words and the attachments make."""
        return Question(_join(words, *self.parts), pictures=self.pictures)


def with_other_words(question: str, words: str) -> str:
    """The question as it was remembered, with other words before what the attachments told."""
    return _join(words, attached_in(question))


def names_all(question: str, uploads: Iterable[Upload]) -> bool:
    """Whether the question as it was remembered has a part for each of the uploads."""
    return Counter(upload.name for upload in uploads) <= Counter(names_in(question))


def _join(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
