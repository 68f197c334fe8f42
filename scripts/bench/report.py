"""The table of the results, with the targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from statistics import mean, median

from .measures import Figures, Scale, percentile

Value = Callable[[Figures], float]


@dataclass(frozen=True)
class Row:
    """One figure of both bots; `is_met` compares both values with the target."""

    name: str
    unit: str
    value: Value
    target: str = ""
    is_met: Callable[[float, float], bool] = lambda _parley, _recipe: True

    def cells(self, parley: Figures, recipe: Figures) -> list[str]:
        ours, theirs = self.value(parley), self.value(recipe)
        ratio = f"{ours / theirs:.2f}" if theirs else ""
        verdict = f"{self.target}: {'met' if self.is_met(ours, theirs) else 'NOT met'}" if self.target else ""
        return [self.name, self._cell(ours), self._cell(theirs), ratio, verdict]

    def _cell(self, value: float) -> str:
        return f"{value:,.{_places(value)}f} {self.unit}".rstrip() if isfinite(value) else "never"


def report(scale: Scale, latency: float, parley: Figures, recipe: Figures) -> str:
    """Return a table in Markdown."""
    table = [["", "Parley", "recipe", "Parley / recipe", "target"], ["---"] * 5]
    table += [row.cells(parley, recipe) for row in _rows(scale)]
    busy = max(parley.load_busy + recipe.load_busy)
    return "\n".join(
        [
            *(f"| {' | '.join(cells)} |" for cells in table),
            "",
            f"Teams answers after {latency * 1000:g} ms. The load, in its own process, used up to {busy:.0%} of a core "
            "in a round of full replies: near 100 % it limits the turns per second.",
        ]
    )


def _rows(scale: Scale) -> list[Row]:
    third, total = scale.rounds // 3 * scale.turns, scale.rounds * scale.turns
    stream = f"a stream of {scale.stream_seconds:g} s at {scale.stream_rate} tokens/s"
    crowd = f"{scale.crowd} streams of {scale.crowd_rate} tokens/s at once"
    return [
        Row(
            f"CPU per full reply of {scale.answer} tokens",
            "ms",
            lambda figures: 1000 * median(figures.cpu_per_turn),
            "at most 1/5",
            lambda parley, recipe: parley <= recipe / 5,
        ),
        Row(
            f"full replies a second, {scale.concurrency} conversations at once",
            "",
            lambda figures: median(figures.turns_per_second),
            "at least 4 times",
            lambda parley, recipe: parley >= 4 * recipe,
        ),
        Row(
            f"acknowledgement with {scale.in_flight} turns of {scale.slow:g} s in flight, p50",
            "ms",
            lambda figures: 1000 * percentile(figures.acknowledgements, 50),
        ),
        Row(
            f"the same, {'p99' if scale.slow_turns > 100 else f'longest of {scale.slow_turns}'}",
            "ms",
            lambda figures: 1000 * percentile(figures.acknowledgements, 99),
            "below 50 ms",
            lambda parley, _: parley < 50,
        ),
        Row(
            "first words in Teams after the model's first token",
            "ms",
            lambda figures: 1000 * median(stream.first_words for stream in figures.streams),
        ),
        Row(
            "final message after the model's last token",
            "s",
            lambda figures: median(stream.final for stream in figures.streams),
        ),
        Row(f"requests for {stream}", "", lambda figures: mean(len(stream.requests) for stream in figures.streams)),
        Row(f"kB for {stream}", "", lambda figures: mean(stream.bytes for stream in figures.streams) / 1000),
        Row(f"CPU for {stream}", "ms", lambda figures: 1000 * median(figures.cpu_per_stream)),
        Row(f"memory (RSS) after {third:,} turns", "MB", lambda figures: figures.resident[third] / 1e6),
        Row(f"memory (RSS) after {total:,} turns", "MB", lambda figures: figures.resident[total] / 1e6),
        Row(
            "growth of memory between the two",
            "%",
            lambda figures: 100 * (figures.resident[total] / figures.resident[third] - 1),
            "less than 5 %" if third >= 1000 else "",  # the target needs at least 1000 turns
            lambda parley, _: parley < 5,
        ),
        Row(
            "from start to ready",
            "s",
            lambda figures: median(figures.ready_after),
            "at most 0.5 s later",
            lambda parley, recipe: parley <= recipe + 0.5,
        ),
        Row(
            f"{crowd}: rules broken",
            "",
            lambda figures: figures.crowd_broken_rules,
            "none",
            lambda parley, _: parley == 0,
        ),
        Row(
            f"{crowd}: final message after the last token, p99",
            "s",
            lambda figures: percentile([stream.final for stream in figures.crowd], 99),
            "at most 2 s",
            lambda parley, _: parley <= 2,
        ),
        Row(f"{crowd}: CPU", "% of a core", lambda figures: 100 * figures.crowd_cpu),
        Row("turns without an answer, in all", "", lambda figures: figures.lost, "none", lambda parley, _: parley == 0),
    ]


def _places(value: float) -> int:
    """Return the decimal places for about three digits."""
    return 0 if value.is_integer() or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
