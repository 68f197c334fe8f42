"""What the model says in a fault run, and who asks it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from random import Random

from doubles.model_server import ModelServer, Turn

from .verdict import Kill, asked

# Seconds that an answer takes.
_SHORTEST, _LONGEST = 0.3, 2.0


class Thoughts:
    """Lets the model repeat the question, word by word, and notes which process asked it and when."""

    def __init__(self, model: ModelServer, random: Random) -> None:
        self._model = model
        self._random = random
        self._asked: dict[int, list[tuple[str, float]]] = defaultdict(list)  # by number: process, time
        model.improvise = self._repeat

    def takeovers(self, kills: Mapping[str, Kill]) -> Iterator[float]:
        """The seconds from each kill to the moment when another process asked what the killed one had asked. The kills
        are given by the names of the processes."""
        for requests in self._asked.values():
            for (before, _), (after, at) in pairwise(requests):
                if after != before and before in kills:
                    yield at - kills[before].began

    def _repeat(self) -> Turn:
        text, process = self._model.messages()[-1][1], self._model.headers[-1]["authorization"].removeprefix("Bearer ")
        number = asked(text)
        assert number is not None
        self._asked[number].append((process, asyncio.get_running_loop().time()))
        words = text.replace(" ", " \0").split("\0")
        pause = self._random.uniform(_SHORTEST, _LONGEST) / len(words)
        return Turn(words, pauses=[pause] * len(words))
