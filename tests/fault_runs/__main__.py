"""Fault runs: people write to real bots, which are killed meanwhile, and every question has to be answered once, in
order.

What is in doubt is not held against the bot: a bubble that Teams has taken from a process that was killed before it
could note the bubble's id. Nothing can know of such a bubble, since Teams takes no message twice as the same.

Exits with 1 if a question was lost, an answer doubled, left unfinished or given out of order.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from doubles.postgres import find_binaries, running_postgres

from .run import Figures, Plan, run_on_postgresql, run_on_sqlite


def main() -> int:
    options = _parse()
    plan = Plan(options.turns, options.conversations, options.kills, options.seed)
    runs = [_RUNS[name](plan) for name in ([options.database] if options.database else _RUNS)]
    return 0 if all(figures.is_good for figures in runs) else 1


def _on_sqlite(plan: Plan) -> Figures:
    directory = _announce("SQLite, one process", plan)
    return _show(asyncio.run(run_on_sqlite(plan, directory)))


def _on_postgresql(plan: Plan) -> Figures:
    directory = _announce("PostgreSQL, three processes", plan)
    with _postgresql() as url:
        return _show(asyncio.run(run_on_postgresql(plan, directory, url)))


@contextmanager
def _postgresql() -> Generator[str]:
    """The address of the database that is given, or of one on a server that is stopped when the block ends."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    if not (binaries := find_binaries()):
        sys.exit("PostgreSQL's server is not installed. Install it, or let DATABASE_URL name a database.")
    with running_postgres(binaries) as server, server.database() as name:
        yield server.url(name)


def _announce(title: str, plan: Plan) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="parley-chaos-"))
    print(f"{title}, seed {plan.seed}, logs in {directory}", flush=True)
    return directory


def _show(figures: Figures) -> Figures:
    print(f"{figures}\n", flush=True)
    return figures


_RUNS = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="chaos.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=_RUNS, help="the one to run on (default: one after the other)")
    parser.add_argument("--turns", type=int, default=Plan.turns, help="(default: %(default)s)")
    parser.add_argument("--conversations", type=int, default=Plan.conversations, help="(default: %(default)s)")
    parser.add_argument("--kills", type=int, default=Plan.kills, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=Plan.seed, help="what happens when (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
