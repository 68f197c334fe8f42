"""Fault runs: killed bots answer each question once, in order; and the verdict of a run finds faults."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from doubles.connector import Bubble
from doubles.postgres import PostgresServer
from fault_runs.run import Plan, run_on_postgresql, run_on_sqlite
from fault_runs.verdict import STORING, Kill, Verdict, compare, question


def bubble(id: str, text: str, *, changed_at: float = 0, id_sent_at: float | None = 0, is_ai: bool = True) -> Bubble:
    return Bubble(id, text, has_ai_label=is_ai, changed_at=changed_at, id_sent_at=id_sent_at)


def whole(number: int, *, id: str = "", changed_at: float | None = None, id_sent_at: float | None = 0) -> Bubble:
    """A whole answer, completed `number` seconds after the start."""
    changed_at = number if changed_at is None else changed_at
    return bubble(id or str(number), question(number), changed_at=changed_at, id_sent_at=id_sent_at)


def seen(
    *bubbles: Bubble, elsewhere: tuple[Bubble, ...] = (), kills: Mapping[int, Sequence[Kill]] | None = None
) -> Verdict:
    """The verdict on a conversation with two questions."""
    return compare({"chat": (1, 2)}, {"chat": bubbles, "other": elsewhere}, kills or {})


def test_an_answer_for_each_question_in_order_is_good():
    assert seen(whole(1), whole(2)) == Verdict(answered=2)
    assert seen(whole(1), whole(2)).is_good


def test_a_question_without_a_whole_answer_is_lost():
    half = bubble("2", question(2)[:40])

    assert seen(whole(1)) == Verdict(answered=1, lost=1)
    assert seen(whole(1), half) == Verdict(answered=1, lost=1, unfinished=1)
    assert not seen(whole(1)).is_good


def test_a_status_that_remains_is_unfinished():
    verdict = seen(whole(1), bubble("a", "Thinking…"), whole(2))

    assert verdict == Verdict(answered=2, unfinished=1)
    assert not verdict.is_good


def test_two_messages_with_the_same_answer_are_doubled():
    verdict = seen(whole(1), whole(1, id="again"), whole(2))

    assert verdict == Verdict(answered=2, doubled=1)
    assert not verdict.is_good


def test_a_whole_answer_without_the_ai_label_is_unfinished():
    assert seen(whole(1), bubble("2", question(2), is_ai=False)) == Verdict(answered=1, lost=1, unfinished=1)


def test_an_answer_with_extra_text_is_unfinished():
    assert seen(whole(1), bubble("2", f"{question(2)} And on")) == Verdict(answered=1, lost=1, unfinished=1)


def test_several_answers_in_one_message_are_doubled():
    for number in (1, 2):
        several = bubble("several", f"{question(2)} {question(number)}")
        verdict = seen(whole(1), whole(2), several)

        assert verdict == Verdict(answered=2, doubled=1)
        assert not verdict.is_good


def test_an_answer_in_the_wrong_conversation_is_foreign():
    verdict = seen(whole(1), whole(2), elsewhere=(whole(2),))

    assert verdict == Verdict(answered=2, foreign=1)
    assert not verdict.is_good


def test_an_answer_before_an_earlier_one_is_out_of_order():
    above, before = seen(whole(2), whole(1)), seen(whole(1, changed_at=3), whole(2))

    assert above == before == Verdict(answered=2, out_of_order=1)
    assert not above.is_good


def test_a_message_unknown_to_its_bot_is_in_doubt():
    kill = Kill(5, 5.1)
    unstored, late = (whole(1, id=f"{at}", id_sent_at=at) for at in (kill.began - STORING / 2, 5.05))
    without_id, status = (
        whole(1, id="without_id", changed_at=5.2, id_sent_at=None),
        bubble("status", "Thinking…", id_sent_at=5),
    )

    verdict = seen(
        without_id, unstored, late, status, whole(1, changed_at=7), whole(2, changed_at=8), kills={1: [kill]}
    )

    assert verdict == Verdict(answered=2, in_doubt=4)
    assert verdict.is_good


def test_a_message_that_its_bot_had_time_to_note_is_certain():
    stored = whole(1, id="stored", id_sent_at=5)

    assert seen(stored, whole(1), whole(2), kills={1: [Kill(4.8, 4.9), Kill(5 + STORING, 6)]}).doubled == 1


def test_a_message_is_certain_if_an_uninvolved_process_ends():
    kills = {2: [Kill(5, 5.1)]}
    again, half = whole(1, id="again", id_sent_at=5), bubble("half", question(1)[:40], id_sent_at=5)

    assert seen(again, whole(1), half, whole(2), kills=kills) == Verdict(answered=2, doubled=1, unfinished=1)


def test_a_message_unknown_to_its_bot_is_certain_without_a_kill():
    without_id = whole(1, id="without_id", changed_at=1, id_sent_at=None)

    for kills in ({}, {1: [Kill(5, 5.1)]}):
        assert seen(without_id, whole(1), whole(2), kills=kills).doubled == 1


def test_an_answer_with_one_message_in_doubt_counts_as_answered():
    assert seen(whole(1, id_sent_at=None), whole(2), kills={1: [Kill(0.9, 1)]}) == Verdict(answered=2)


@pytest.mark.process
@pytest.mark.real_time
async def test_on_sqlite_a_killed_bot_answers_each_question_once(tmp_path: Path):
    figures = await run_on_sqlite(Plan(turns=12, conversations=4, kills=2, seed=184), tmp_path)

    assert figures.is_good, figures
    assert len(figures.struck) == 2
    assert any(figures.struck), figures  # on a busy machine a kill may come between two turns


@pytest.mark.real_time
@pytest.mark.timeout(300)  # it starts many processes, which takes a busy machine a while
async def test_on_postgresql_other_bots_take_over_from_a_killed_one(tmp_path: Path, postgres: PostgresServer):
    with postgres.database() as name:
        url = postgres.url(name)
        figures = await run_on_postgresql(Plan(turns=12, conversations=6, kills=2, seed=8), tmp_path, url, takeover=3)

    assert figures.is_good, figures
    assert len(figures.struck) == 2
    assert any(figures.struck), figures  # on a busy machine a kill may come between two turns
