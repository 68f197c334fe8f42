"""Measures Parley beside the bot of the Teams SDK's guide, with the same doubles and the same load.

    python3 scripts/environment.py scripts/bench.py            # six minutes
    python3 scripts/environment.py scripts/bench.py --quick    # a first impression

Needs Linux, for /proc. Other load on the machine changes the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

os.environ["PYTHON_DOTENV_DISABLED"] = "1"  # the SDK loads a .env file when it is imported
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import console
from bench.bots import PARLEY, RECIPE, RunningBot, running
from bench.load import Load, open_load
from bench.measures import (
    QUICK,
    Figures,
    Scale,
    measure_acknowledgements,
    measure_crowd,
    measure_streams,
    measure_turns,
)
from bench.report import report

Measure = Callable[[Load, RunningBot, Scale, Figures], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure less, for a first impression")
    parser.add_argument("--latency", type=float, default=50, help="milliseconds until Teams answers")
    arguments = parser.parse_args()
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # stopped bots close connections to the doubles
    print(asyncio.run(bench(QUICK if arguments.quick else Scale(), latency=arguments.latency / 1000)))


async def bench(scale: Scale, *, latency: float) -> str:
    """Measure both bots and return the table."""
    contenders = [PARLEY, RECIPE]
    figures = {PARLEY.name: Figures(), RECIPE.name: Figures()}
    async with AsyncExitStack() as stack:
        load = await stack.enter_async_context(open_load(latency=latency))
        with console.step(f"Starting each bot {scale.starts} times"):
            for _ in range(scale.starts):
                for contender in contenders:
                    async with running(contender, load.model.url) as bot:
                        figures[bot.name].ready_after.append(bot.ready_after)
                contenders.reverse()
        bots = [await stack.enter_async_context(running(contender, load.model.url)) for contender in contenders]

        async def in_turns(what: str, rounds: int, measure: Measure) -> None:
            with console.step(what):
                for _ in range(rounds):
                    for bot in bots:
                        await measure(load, bot, scale, figures[bot.name])
                    bots.reverse()  # neither is always first

        await in_turns(f"{scale.rounds * scale.turns} full replies of each bot", scale.rounds, measure_turns)
        await in_turns(f"{scale.in_flight} turns in flight", 1, measure_acknowledgements)
        await in_turns(f"Streams of {scale.stream_seconds:g} s", 1, measure_streams)
        await in_turns(f"{scale.crowd} streams at once", 1, measure_crowd)
    return report(scale, latency, figures[PARLEY.name], figures[RECIPE.name])


if __name__ == "__main__":
    console.run(main)
