"""What a message brings along, as the model takes it."""

from dataclasses import dataclass

from ..chat import Picture, Question
from .problems import Note


@dataclass(frozen=True)
class Attached:
    """What could be read of a message's attachments, and what there is to be said of them."""

    parts: tuple[str, ...] = ()
    """What the model is told, in the order in which it was attached: the names of pictures, the texts of files."""
    pictures: tuple[Picture, ...] = ()
    notes: tuple[Note, ...] = ()
    """What the person is to be told."""
    is_unreadable: bool = False
    """Whether something was attached and nothing of it could be read: the model has nothing to answer to."""

    def question(self, words: str) -> Question:
        """The question that a person's words and the attachments make."""
        return Question("\n\n".join([*([words] if words else []), *self.parts]), pictures=self.pictures)
