"""The text of a file while it is being found."""

from collections.abc import Iterable

from .problems import Problem, UnreadableError


class Extracted:
    """The blocks of a document up to a number of characters, and what went wrong with some of them."""

    def __init__(self, max_characters: int) -> None:
        self.max_characters = max_characters
        self.problems: set[Problem] = set()
        self._blocks: list[str] = []
        self._size = 0

    @property
    def is_cut(self) -> bool:
        """True if there is more than there is room for."""
        return self._size > self.max_characters

    @property
    def text(self) -> str:
        return "\n\n".join(self._blocks)[: self.max_characters]

    def take(self, blocks: Iterable[str]) -> None:
        """Take blocks, with an empty line between them, until there is no room for more.

        What was taken before a part that cannot be read is kept.
        """
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
        except Exception:  # what parsers raise is no closed list
            if not self._blocks:
                raise
            self.note(Problem.INCOMPLETE)

    def take_whole(self, text: str) -> None:
        """Take a text as it is."""
        self._size += len(text)
        self._blocks.append(text)

    def note(self, problem: Problem) -> None:
        self.problems.add(problem)
