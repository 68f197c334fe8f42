"""The model of a fault run, with a record of its requests and of the accepted answers."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random

from doubles.connector import Connector, Sent
from doubles.model_server import ModelServer, Turn

from .verdict import STORING, Kill, question, repeated

# Seconds that an answer takes.
_SHORTEST, _LONGEST = 0.3, 2.0


class RecordingModel:
    """Makes the model repeat each question word by word. Records the process and time of each request, and the times
    when Teams accepted answers."""

    def __init__(self, model: ModelServer, connector: Connector, random: Random) -> None:
        self._model = model
        self._random = random
        self._requests: dict[int, list[tuple[str, float]]] = defaultdict(list)  # by number: process, time
        self._answered: dict[int, list[float]] = defaultdict(list)  # by number: times
        model.improvise = self._repeat
        connector.on_answered = self._note

    @property
    def answered(self) -> int:
        """The number of questions with an answer that Teams accepted."""
        return len(self._answered)

    def in_flight(self, process: str, at: float) -> list[int]:
        """Return the numbers of the questions that the process was answering at that time of the event loop.

        It had sent them to the model, but could not yet have stored that Teams accepted the answer.
        """
        return [
            number
            for number, requests in self._requests.items()
            if any(
                process == sender and began <= at and not self._is_stored(number, began, at)
                for sender, began in requests
            )
        ]

    def struck(self, kills: Mapping[str, Kill]) -> dict[int, Sequence[Kill]]:
        """Return the kills of processes that were answering a question, by its number. `kills` are by the names of the
        processes."""
        struck: dict[int, list[Kill]] = defaultdict(list)
        for process, kill in kills.items():
            for number in self.in_flight(process, kill.began):
                struck[number].append(kill)
        return {**struck}

    def takeovers(self, kills: Mapping[str, Kill]) -> Iterator[float]:
        """Return the seconds from each kill until another process sent the same question to the model.

        `kills` are by the names of the processes.
        """
        for requests in self._requests.values():
            for (before, _), (after, at) in pairwise(requests):
                if after != before and before in kills:
                    yield at - kills[before].began

    def _is_stored(self, number: int, since: float, at: float) -> bool:
        return any(since <= answered < at - STORING for answered in self._answered.get(number, ()))

    def _note(self, sent: Sent) -> None:
        if sent.is_message and sent.has_ai_label and 200 <= sent.status < 300:
            for number in repeated(sent.text):
                self._answered[number].append(asyncio.get_running_loop().time())

    def _repeat(self) -> Turn:
        process = self._model.headers[-1]["authorization"].removeprefix("Bearer ")
        [number] = repeated(self._model.messages()[-1][1])
        self._requests[number].append((process, asyncio.get_running_loop().time()))
        words = question(number).replace(" ", " \0").split("\0")
        pause = self._random.uniform(_SHORTEST, _LONGEST) / len(words)
        return Turn(words, pauses=[pause] * len(words))
