"""The result of a fault run, as users see it."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from doubles.connector import Bubble

# Seconds from the response of Teams until a bot must have stored the id of its message.
STORING = 0.25

# Seconds from the request of a bot until its message is visible.
_ARRIVING = 1.0

_QUESTION = "Question {0} begins here, and its words go on for a while until question {0} ends."
_BEGINNING = re.compile(r"Question (\d+) begins")
_REPETITION = re.compile(r"Question (\d+) begins .*? question \1 ends\.")


class Kill(NamedTuple):
    """The end of a process, in seconds of the event loop: when it was killed, and when its connections were closed."""

    began: float
    ended: float


@dataclass
class Verdict:
    """The numbers of questions and bubbles of each kind.

    A bubble is in doubt if no bot can know its id, because the bot that was answering the question was killed before it
    could store the id. Beside the bubble of the next attempt, it is not counted as a fault.
    """

    answered: int = 0
    lost: int = 0
    """Acknowledged questions without a whole answer."""
    doubled: int = 0
    """Bubbles with an answer that another bubble gives as well, and bubbles with several answers."""
    unfinished: int = 0
    """Bubbles with anything but a whole answer, which has the exact text and the AI label."""
    foreign: int = 0
    """Bubbles with the answer to a question that was not asked in their conversation."""
    out_of_order: int = 0
    """Answers that stand, or were completed, before that of an earlier question."""
    in_doubt: int = 0

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.unfinished or self.foreign or self.out_of_order)


def question(number: int) -> str:
    """The text of a question. The answer repeats it, and can be recognized even if it is not whole."""
    return _QUESTION.format(number)


def repeated(text: str) -> list[int]:
    """Return the numbers of the questions that the text repeats from beginning to end."""
    return [int(match[1]) for match in _REPETITION.finditer(text)]


def compare(
    accepted: Mapping[str, Sequence[int]],
    bubbles: Mapping[str, Sequence[Bubble]],
    kills: Mapping[int, Sequence[Kill]],
) -> Verdict:
    """Compare the questions with the answers.

    Args:
        accepted: the numbers of the questions by conversation, in the order in which they were acknowledged.
        bubbles: the visible messages by conversation, in the order of appearance.
        kills: the kills of processes that were answering a question, by its number.
    """
    verdict = Verdict()
    for conversation in accepted.keys() | bubbles.keys():
        _compare(accepted.get(conversation, ()), bubbles.get(conversation, ()), kills, verdict)
    return verdict


def _compare(
    numbers: Sequence[int], bubbles: Sequence[Bubble], kills: Mapping[int, Sequence[Kill]], verdict: Verdict
) -> None:
    """Add the result of one conversation."""
    whole: dict[int, list[Bubble]] = defaultdict(list)
    for bubble in bubbles:
        answered = repeated(bubble.text)
        if not set(answered) <= set(numbers):
            verdict.foreign += 1
        elif len(answered) > 1:
            verdict.doubled += 1
        elif answered and bubble.text == question(answered[0]) and bubble.has_ai_label:
            whole[answered[0]].append(bubble)
        elif any(_is_in_doubt(bubble, kills.get(number, ())) for number in _begun(bubble.text) or numbers):
            verdict.in_doubt += 1
        else:
            verdict.unfinished += 1
    answers: list[Bubble] = []
    for number in numbers:
        if same := whole[number]:
            known = [bubble for bubble in same if not _is_in_doubt(bubble, kills.get(number, ()))] or same[:1]
            verdict.in_doubt += len(same) - len(known)
            verdict.doubled += len(known) - 1
            answers.append(known[0])
    verdict.answered += len(answers)
    verdict.lost += len(numbers) - len(answers)
    places = [bubbles.index(bubble) for bubble in answers]
    verdict.out_of_order += sum(
        later < earlier or after.changed_at < before.changed_at
        for (earlier, later), (before, after) in zip(pairwise(places), pairwise(answers), strict=True)
    )


def _begun(text: str) -> list[int]:
    """Return the numbers of the questions that the text begins to repeat."""
    return [int(number) for number in _BEGINNING.findall(text)]


def _is_in_doubt(bubble: Bubble, kills: Sequence[Kill]) -> bool:
    """True if one of the kills prevented the bot from storing the bubble's id. Then the bubble was never changed."""
    id_sent_at = bubble.id_sent_at
    if id_sent_at is None:
        return any(kill.began - STORING < bubble.changed_at < kill.ended + _ARRIVING for kill in kills)
    return any(kill.began - STORING < id_sent_at < kill.ended for kill in kills)
