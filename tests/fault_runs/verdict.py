"""What a person has seen of a fault run."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from doubles.connector import Bubble

# Seconds that a bot may take to note what Teams has told it. It cannot be killed between the two and know.
NOTING = 0.25


class Kill(NamedTuple):
    """The end of a process, in seconds of the event loop: when it was killed, and when its connections were closed."""

    began: float
    ended: float


@dataclass
class Verdict:
    """How many questions and bubbles there are of each kind.

    In doubt are the bubbles whose id no bot can know, because the one that sent it was killed before it was told, or
    before it could note what it was told: Teams takes no message twice as the same. Such a bubble beside that of the
    turn which was taken up again is not held against the bot.
    """

    answered: int = 0
    lost: int = 0
    """Acknowledged questions without a whole answer."""
    doubled: int = 0
    """Bubbles with an answer that another bubble gives as well."""
    unfinished: int = 0
    """Bubbles with anything else than a whole answer."""
    out_of_order: int = 0
    """Answers that stand, or were completed, before that of an earlier question."""
    in_doubt: int = 0

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.unfinished or self.out_of_order)


def question(number: int) -> str:
    """A question by which the answer that repeats it can be recognized, whole or not."""
    return f"Question {number} begins here, and its words go on for a while until question {number} ends."


def asked(text: str) -> int | None:
    """The number of the question that the text repeats, if it repeats all of it."""
    match = re.search(r"Question (\d+) begins .* question \1 ends\.", text)
    return int(match[1]) if match else None


def judge(
    accepted: Mapping[str, Sequence[int]], bubbles: Mapping[str, Sequence[Bubble]], kills: Collection[Kill]
) -> Verdict:
    """Compare what was asked with what was answered.

    Args:
        accepted: the numbers of the questions by conversation, in the order in which they were acknowledged.
        bubbles: what is seen by conversation, in the order of appearance.
        kills: when bots were killed.
    """
    verdict = Verdict()
    for conversation, numbers in accepted.items():
        whole: dict[int | None, list[Bubble]] = defaultdict(list)
        for bubble in bubbles[conversation]:
            whole[asked(bubble.text)].append(bubble)
        for bubble in whole.pop(None, []):
            if _is_in_doubt(bubble, kills):
                verdict.in_doubt += 1
            else:
                verdict.unfinished += 1
        answers: list[Bubble] = []
        for number in numbers:
            if number in whole:
                known = [bubble for bubble in whole[number] if not _is_in_doubt(bubble, kills)] or whole[number][:1]
                verdict.in_doubt += len(whole[number]) - len(known)
                verdict.doubled += len(known) - 1
                answers.append(known[0])
        verdict.answered += len(answers)
        verdict.lost += len(numbers) - len(answers)
        places = [bubbles[conversation].index(bubble) for bubble in answers]
        verdict.out_of_order += sum(
            later < earlier or after.changed_at < before.changed_at
            for (earlier, later), (before, after) in zip(pairwise(places), pairwise(answers), strict=True)
        )
    return verdict


def _is_in_doubt(bubble: Bubble, kills: Collection[Kill]) -> bool:
    told_at = bubble.told_at
    return told_at is None or any(kill.began - NOTING < told_at < kill.ended for kill in kills)
