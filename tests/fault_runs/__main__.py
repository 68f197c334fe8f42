"""Fault runs: people write to real bots, which are killed meanwhile (kill -9) and started anew, on SQLite one bot, on
PostgreSQL three. Every message has to be answered once, and those of a conversation in order.

Not held against the bots is what is in doubt: a bubble that Teams took from a bot which was killed before it could note
the bubble's id. A later attempt cannot know of it, and Teams takes no message twice as the same. There can be one for
each turn that was in flight at a kill. Nor are typing indicators that came too fast: no process knows what another one,
or the one killed before it, has sent.

The exit code is 1 if a message was lost, or an answer doubled, left unfinished, given out of order or in another
conversation, or if a bot broke a rule of Teams with a message or a stream, or answered a message neither 2xx nor 503.
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
    """The database that DATABASE_URL names, or a new one on a server that is stopped when the block ends."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    if not (binaries := find_binaries()):
        sys.exit("PostgreSQL's server is not installed. Install it, or let DATABASE_URL name a database.")
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
        ("seed", Plan.seed, "of what happens when"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    console.run(main)
