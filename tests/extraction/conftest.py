"""Fixtures for the tests of the program that reads files."""

from collections.abc import Callable

import pytest

from parley.extraction import Problem, UnreadableError
from parley.extraction.__main__ import read


@pytest.fixture
def text_of() -> Callable[..., str]:
    """Returns the text of a file that has no problems."""

    def text_of(data: bytes, extension: str, max_characters: int = 20_000) -> str:
        answer, _ = read("document", data, extension, max_characters)
        assert answer["problems"] == []
        return answer["text"]

    return text_of


@pytest.fixture
def doubtful_text_of() -> Callable[..., tuple[str, list[Problem]]]:
    """Returns the text of a file and its problems."""

    def doubtful_text_of(data: bytes, extension: str) -> tuple[str, list[Problem]]:
        answer, _ = read("document", data, extension, 20_000)
        return answer["text"], answer["problems"]

    return doubtful_text_of


@pytest.fixture
def problem_of() -> Callable[..., Problem]:
    """Returns the problem of an unreadable file."""

    def problem_of(data: bytes, extension: str) -> Problem:
        with pytest.raises(UnreadableError) as caught:
            read("document", data, extension, 20_000)
        return caught.value.problem

    return problem_of
