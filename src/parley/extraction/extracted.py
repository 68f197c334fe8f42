"""The text of a file while it is being read."""

from collections.abc import Iterable

from . import Problem, UnreadableError


class Extracted:
    """The blocks of a document up to a number of characters, and the problems with it."""

    def __init__(self, max_characters: int) -> None:
        self.max_characters = max_characters
        self.problems: set[Problem] = set()
        self.error: str | None = None
        """The name of the last exception of a parser."""
        self._blocks: list[str] = []
        self._size = 0

    @property
    def is_cut(self) -> bool:
        """True if the document is longer than the maximum."""
        return self._size > self.max_characters

    @property
    def text(self) -> str:
        return "\n\n".join(self._blocks)[: self.max_characters]

    def take(self, blocks: Iterable[str]) -> None:
        """Take blocks, with an empty line between them, up to the maximum. Blocks before a failure are kept."""
        if self.is_cut:
            return
        try:
            for block in blocks:
                if block := block.strip():
                    self._size += len(block) + (2 if self._blocks else 0)
                    self._blocks.append(block)
                    if self.is_cut:
                        return
        except (MemoryError, UnreadableError):
            raise
        except Exception as error:  # the exceptions of parsers are no closed list
            if not self._blocks:
                raise
            self.note_failure(error)
            self.note(Problem.INCOMPLETE)

    def take_whole(self, text: str) -> None:
        """Take a text as it is."""
        self._size += len(text)
        self._blocks.append(text)

    def note(self, problem: Problem) -> None:
        self.problems.add(problem)

    def note_incomplete(self) -> None:
        self.note(Problem.INCOMPLETE)

    def note_failure(self, error: Exception) -> None:
        """Keep the name of an exception for the log. The caller notes what the user gets to know."""
        self.error = type(error).__name__
