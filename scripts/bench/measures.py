"""The measurements of each bot."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from math import ceil, isinf

from .bots import RunningBot
from .load import TOKEN, Answered, Load, Streamed


@dataclass(frozen=True)
class Scale:
    """The sizes of the measurements."""

    starts: int = 5
    rounds: int = 12
    turns: int = 250
    """Turns of one round; memory is read after a third of all turns and after all."""
    concurrency: int = 50
    """Conversations that wait for an answer at the same time."""
    answer: int = 50
    """Tokens of an answer of the fast model."""
    in_flight: int = 20
    slow_turns: int = 200
    slow: float = 3.0
    """Seconds that a turn in flight takes."""
    streams: int = 4
    stream_seconds: float = 20.0
    stream_rate: int = 30
    """Tokens a second."""
    crowd: int = 200
    """Simultaneous streams."""
    crowd_seconds: float = 15.0
    crowd_rate: int = 10


QUICK = Scale(starts=2, rounds=6, turns=50, slow_turns=40, streams=2, stream_seconds=5.0, crowd_seconds=5.0)


@dataclass
class Figures:
    """The results of one bot. Times are in seconds, sizes in bytes."""

    ready_after: list[float] = field(default_factory=list[float])
    cpu_per_turn: list[float] = field(default_factory=list[float])
    turns_per_second: list[float] = field(default_factory=list[float])
    load_busy: list[float] = field(default_factory=list[float])
    """The load's own CPU time by elapsed time, for each round; 1 is a core."""
    resident: dict[int, int] = field(default_factory=dict[int, int])
    """Memory by the number of turns."""
    acknowledgements: list[float] = field(default_factory=list[float])
    streams: list[Streamed] = field(default_factory=list[Streamed])
    cpu_per_stream: list[float] = field(default_factory=list[float])
    crowd: list[Streamed] = field(default_factory=list[Streamed])
    crowd_cpu: float = 0.0
    """CPU seconds a second."""
    crowd_broken_rules: int = 0
    lost: int = 0
    """Turns without an answer, in all measurements."""


async def measure_turns(load: Load, bot: RunningBot, scale: Scale, figures: Figures) -> None:
    """Measure full replies in groups: `concurrency` users who write again as soon as they have an answer."""
    for _ in range(scale.turns):
        load.model.answers(*[TOKEN] * scale.answer)
    left = iter(range(scale.turns))
    turns: list[Answered] = []

    async def user() -> None:
        for _ in left:
            turns.append(await load.turn(load.group(bot), "What is new?", tokens=scale.answer))

    cpu, own_cpu, started_at = bot.cpu_seconds(), time.process_time(), time.monotonic()
    await asyncio.gather(*(user() for _ in range(scale.concurrency)))
    elapsed = time.monotonic() - started_at
    figures.cpu_per_turn.append((bot.cpu_seconds() - cpu) / scale.turns)
    figures.turns_per_second.append(scale.turns / elapsed)
    figures.load_busy.append((time.process_time() - own_cpu) / elapsed)
    figures.resident[len(figures.cpu_per_turn) * scale.turns] = bot.resident_bytes()
    load.model.forget()
    _count_lost(turns, figures)


async def measure_acknowledgements(load: Load, bot: RunningBot, scale: Scale, figures: Figures) -> None:
    """Measure acknowledgements while `in_flight` turns are in progress."""
    left = iter(range(scale.slow_turns))

    async def user(number: int) -> None:
        await asyncio.sleep(number * scale.slow / scale.in_flight)
        for _ in left:
            load.model.speaks(scale.slow, TOKEN)
            turn = await load.turn(load.group(bot), "What is new?", tokens=1)
            figures.acknowledgements.append(turn.acknowledged_at - turn.posted_at)
            _count_lost([turn], figures)

    await asyncio.gather(*(user(number) for number in range(scale.in_flight)))
    load.model.forget()


async def measure_streams(load: Load, bot: RunningBot, scale: Scale, figures: Figures) -> None:
    """Measure a few streams without other load."""
    cpu = bot.cpu_seconds()
    streams = await load.streams(bot, scale.streams, seconds=scale.stream_seconds, tokens_per_second=scale.stream_rate)
    figures.cpu_per_stream.append((bot.cpu_seconds() - cpu) / scale.streams)
    figures.streams += streams
    _count_lost([stream.turn for stream in streams], figures)


async def measure_crowd(load: Load, bot: RunningBot, scale: Scale, figures: Figures) -> None:
    """Measure many streams at once."""
    broken_before = len(load.connector.broken_rules)
    cpu, started_at = bot.cpu_seconds(), time.monotonic()
    crowd = await load.streams(bot, scale.crowd, seconds=scale.crowd_seconds, tokens_per_second=scale.crowd_rate)
    figures.crowd_cpu = (bot.cpu_seconds() - cpu) / (time.monotonic() - started_at)
    figures.crowd_broken_rules = len(load.connector.broken_rules) - broken_before
    figures.crowd += crowd
    _count_lost([stream.turn for stream in crowd], figures)


def _count_lost(turns: list[Answered], figures: Figures) -> None:
    figures.lost += sum(isinf(turn.answered_at) for turn in turns)


def percentile(values: list[float], hundredths: int) -> float:
    """Return the percentile (nearest rank)."""
    return sorted(values)[ceil(len(values) * hundredths / 100) - 1]
