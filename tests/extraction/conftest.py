"""What the tests of the program that reads files share."""

from collections.abc import Callable

import pytest

from parley.extraction import Problem, UnreadableError
from parley.extraction.__main__ import read


@pytest.fixture
def text_of() -> Callable[..., str]:
    """Gives the text that the program finds in a file. Nothing may be wrong with it."""

    def text_of(data: bytes, extension: str, max_characters: int = 20_000) -> str:
        answer, _ = read("document", data, extension, max_characters)
        assert answer["problems"] == []
        return answer["text"]

    return text_of


@pytest.fixture
def doubtful_text_of() -> Callable[..., tuple[str, list[Problem]]]:
    """Gives the text that the program finds in a file, and what is wrong with it."""

    def doubtful_text_of(data: bytes, extension: str) -> tuple[str, list[Problem]]:
        answer, _ = read("document", data, extension, 20_000)
        return answer["text"], answer["problems"]

    return doubtful_text_of


@pytest.fixture
def problem_of() -> Callable[..., Problem]:
    """Gives the reason why the program cannot read a file."""

    def problem_of(data: bytes, extension: str) -> Problem:
        with pytest.raises(UnreadableError) as caught:
            read("document", data, extension, 20_000)
        return caught.value.problem

    return problem_of
