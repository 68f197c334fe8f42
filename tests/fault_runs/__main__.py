"""Fault runs: users write to real bots, one on SQLite or three on PostgreSQL, which are killed (kill -9) and restarted.
Each message must be answered once, and those of a conversation in order.

Two faults are allowed. A bubble is in doubt if Teams accepted it from a bot that was killed before it could store the
bubble's id: a later attempt does not know it, and Teams has no idempotency keys. There can be one for each turn that
was in flight at a kill. And typing indicators may come too fast, because a process does not know those of the others.

The exit code is 1 if a message was lost, if an answer was doubled, unfinished, out of order or in another conversation,
if a bot broke a rule of Teams with a message or a stream, or if it responded to a message with neither 2xx nor 503.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import console
from doubles.postgres import find_binaries, running_postgres

from .run import Figures, Plan, run_on_postgresql, run_on_sqlite


def main() -> int:
    options = _parse()
    plan = Plan(options.turns, options.conversations, options.kills, options.seed)
    runs: list[Figures] = []
    for database in [options.database] if options.database else _DATABASES:
        directory = Path(tempfile.mkdtemp(prefix="parley-chaos-"))
        print(f"{database}, seed {plan.seed}, logs in {directory}", flush=True)
        runs.append(_on_sqlite(plan, directory) if database == "sqlite" else _on_postgresql(plan, directory))
        print(f"{runs[-1]}\n", flush=True)
    return 0 if all(figures.is_good for figures in runs) else 1


_DATABASES = ("sqlite", "postgresql")


def _on_sqlite(plan: Plan, directory: Path) -> Figures:
    return asyncio.run(run_on_sqlite(plan, directory))


def _on_postgresql(plan: Plan, directory: Path) -> Figures:
    with _postgresql() as url:
        return asyncio.run(run_on_postgresql(plan, directory, url))


@contextmanager
def _postgresql() -> Generator[str]:
    """The database at DATABASE_URL, or a new one on a new server, which is stopped when the block ends."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    if not (binaries := find_binaries()):
        sys.exit("PostgreSQL's server is not installed. Install it, or set DATABASE_URL to a database.")
    with running_postgres(binaries) as server, server.database() as name:
        yield server.url(name)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="chaos.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=_DATABASES, help="default: one after the other")
    for name, default, what in (
        ("turns", Plan.turns, "messages"),
        ("conversations", Plan.conversations, "half of them 1:1 chats, half groups"),
        ("kills", Plan.kills, "how many times a bot is killed"),
        ("seed", Plan.seed, "seed of the random events"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    console.run(main)
