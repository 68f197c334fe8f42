"""The benchmark: both bots answer its load."""

import pytest

from bench.bots import PARLEY, RECIPE, Contender, running
from bench.load import open_load
from bench.measures import Figures, Scale, measure_streams, measure_turns

pytestmark = [pytest.mark.slow, pytest.mark.process, pytest.mark.real_time]

SMALL = Scale(turns=4, concurrency=2, answer=5, streams=1, stream_seconds=0.2)


@pytest.mark.parametrize("contender", [PARLEY, RECIPE], ids=lambda contender: contender.name)
async def test_every_question_in_a_group_is_answered(contender: Contender):
    figures = Figures()
    async with open_load(latency=0) as load, running(contender, load.model.url) as bot:
        await measure_turns(load, bot, SMALL, figures)

    assert figures.lost == 0
    assert figures.cpu_per_turn[0] > 0


async def test_every_stream_of_parley_is_complete():
    figures = Figures()
    async with open_load(latency=0) as load, running(PARLEY, load.model.url) as bot:
        await measure_streams(load, bot, SMALL, figures)

    assert figures.lost == 0
