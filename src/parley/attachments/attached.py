"""The attachments of a message as parts of the question."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..chat import attached_in, frame_name, names_in, new_mark
from ..extraction import Problem
from ..models import Picture, Question
from .uploads import Notice, Upload


@dataclass(frozen=True)
class Attached:
    """The readable attachments of a message, and notices about the others."""

    parts: tuple[str, ...] = ()
    """The texts of files and the names of pictures, in the order of the message."""
    pictures: tuple[Picture, ...] = ()
    notices: tuple[Notice, ...] = ()
    """Problems that the user gets to know."""
    is_unreadable: bool = False
    """True if there are attachments and none could be read: without a text, nothing is left to answer."""

    def beside(self, unread: Iterable[Notice]) -> "Attached":
        """The same with further notices, whose names the model gets as unreadable."""
        notices = tuple(unread)
        # What is cut is the user's own text, which is part of the question.
        names = [notice.name for notice in notices if notice.problem is not Problem.CUT]
        if not names:
            return replace(self, notices=(*self.notices, *notices))
        mark = new_mark()
        parts = (*self.parts, *(frame_name("unreadable", name, mark) for name in names))
        is_unreadable = self.is_unreadable or not self.parts
        return replace(self, parts=parts, notices=(*self.notices, *notices), is_unreadable=is_unreadable)

    def question(self, words: str) -> Question:
        """The question of the user's text and the attachments."""
        return Question(_join(words, *self.parts), pictures=self.pictures)


def with_other_words(question: str, words: str) -> str:
    """A question of the history with a new text of the user before its attachments."""
    return _join(words, attached_in(question))


def names_all(question: str, uploads: Iterable[Upload]) -> bool:
    """True if a question of the history has a part for each of the uploads."""
    return Counter(upload.name for upload in uploads) <= Counter(names_in(question))


def _join(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
