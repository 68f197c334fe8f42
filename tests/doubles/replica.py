"""A process of several, as far as its turns are concerned.

    python -m doubles.replica DATABASE_URL

is one that can be killed: it tells on standard output what happens to its turns, which do not end.
"""

import asyncio
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any

from microsoft_teams.apps import ActivityEvent

from parley.inbox.postgres_queue import PostgresQueue
from parley.inbox.runner import Runner
from parley.inbox.turn_key import Kind, TurnKey
from parley.inbox.turn_store import TurnStore
from parley.inbox.waiting import Typing
from parley.storage import Database, open_database

TAKEOVER = 3.0  # seconds
LOOK_EVERY = 0.2  # seconds

_ids = count(1)


def message(id: str, conversation: str, user: str = "29:ada") -> dict[str, Any]:
    """What the inbox needs of a message."""
    account = {"id": user}
    return {"type": "message", "id": id, "serviceUrl": "", "conversation": {"id": conversation}, "from": account}


class Replica:
    """Takes turns, each of which is the answer to a message. They end when the test lets them."""

    def __init__(self, database: Database, concurrent: int, takeover: float, tell: Callable[[str], None]) -> None:
        self.ledger = TurnStore(database, max_waiting=20, max_attempts=3, retention=timedelta(hours=24))
        self.runner = Runner(self.ledger, self._answer)
        self.seen_typing: Counter[str] = Counter()
        typing = Typing(self.ledger, self._see_typing)
        self.jobs = PostgresQueue(
            database, self.runner.run, max_concurrent=concurrent, takeover=takeover, typing=typing
        )
        self.begun: dict[str, float] = {}
        """When each message's turn was begun, in seconds, by the message's id."""
        self.ended: dict[str, float] = {}
        self.cancelled: list[str] = []
        self._tell = tell
        self._may_end: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._news = asyncio.Condition()

    async def accept(self, conversation: str, user: str = "29:ada") -> str:
        """A message of a conversation arrives; returns its id."""
        id = f"{next(_ids):04}"
        place = await self.ledger.accept(message(id, conversation, user), TurnKey(id, id), self.jobs.enqueue)
        assert place
        self.jobs.notice(place)
        return id

    async def accept_edit(self, id: str, conversation: str) -> None:
        """A message of a conversation is edited."""
        edited = message(id, conversation) | {"type": "messageUpdate", "id": f"{id} edited"}
        assert await self.ledger.accept(edited, TurnKey(f"{id} edit", id, Kind.EDIT), self.jobs.enqueue) is None

    def let_end(self, *ids: str) -> None:
        for id in ids:
            self._may_end[id].set()

    async def until(self, condition: Callable[[], object], *, seconds: float = 10) -> None:
        """Wait until something is true of the turns that have begun and ended."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: bool(condition()))

    async def _see_typing(self, message: dict[str, Any]) -> None:
        self.seen_typing[message["id"]] += 1
        async with self._news:
            self._news.notify_all()

    async def _answer(self, event: ActivityEvent) -> None:
        id = event.body.id
        assert id
        await self._note(self.begun, id, "begun")
        try:
            await self._may_end[id].wait()
        except asyncio.CancelledError:
            self.cancelled.append(id)
            self._tell(f"cancelled {id}")
            raise
        await self._note(self.ended, id, "ended")

    async def _note(self, times: dict[str, float], id: str, what: str) -> None:
        times[id] = time.monotonic()
        self._tell(f"{what} {id}")
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def running(
    url: str,
    *,
    works: bool = True,
    concurrent: int = 200,
    takeover: float = TAKEOVER,
    tell: Callable[[str], None] = lambda _: None,
) -> AsyncGenerator[Replica]:
    """A replica, stopped when the block ends."""
    async with open_database(url, connections=10) as database:
        replica = Replica(database, concurrent, takeover, tell)
        if works:
            await replica.jobs.start()
        watching = asyncio.create_task(replica.runner.watch(every=LOOK_EVERY))
        try:
            yield replica
        finally:
            watching.cancel()
            await replica.jobs.stop(grace=0)


async def main(url: str) -> None:
    async with running(url, tell=lambda line: print(line, flush=True)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
