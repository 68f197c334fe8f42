"""One of several processes that share a database: its queue and its turns.

    python -m doubles.replica DATABASE_URL

starts a replica that can be killed. It prints the events of its turns, which do not end.
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
from parley.inbox.queue_typing import TypingIndicator
from parley.inbox.runner import Runner
from parley.inbox.turn_key import Kind, TurnKey
from parley.inbox.turn_store import TurnStore
from parley.replies.rate_limits import Pace
from parley.storage import Database, open_database

TAKEOVER = 3.0  # seconds
CHECK_EVERY = 0.2  # seconds

_ids = count(1)


def message(id: str, conversation: str, user: str = "29:ada") -> dict[str, Any]:
    """A message with the fields that the inbox needs."""
    account = {"id": user}
    return {"type": "message", "id": id, "serviceUrl": "", "conversation": {"id": conversation}, "from": account}


class Replica:
    """Runs turns, each of which ends after a call of `let_end`."""

    def __init__(self, database: Database, concurrent: int, takeover: float, print_line: Callable[[str], None]) -> None:
        self.store = TurnStore(database, max_waiting=20, max_attempts=3, retention=timedelta(hours=24))
        self.runner = Runner(self.store, self._answer)
        self.seen_typing: Counter[str] = Counter()
        """The number of typing indicators by conversation."""
        typing = TypingIndicator(self.store, self._see_typing, Pace())
        self.queue = PostgresQueue(
            database, self.runner.run, max_concurrent=concurrent, takeover=takeover, typing=typing
        )
        self.begun: dict[str, float] = {}
        """The start times of turns, in seconds, by message id."""
        self.ended: dict[str, float] = {}
        self.cancelled: list[str] = []
        self._print = print_line
        self._may_end: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._changed = asyncio.Condition()

    async def accept(self, conversation: str, user: str = "29:ada") -> str:
        """Receive a message of a conversation. Return its id."""
        id = f"{next(_ids):04}"
        turn = await self.store.accept(message(id, conversation, user), TurnKey(id, id), self.queue.enqueue)
        assert turn
        self.queue.committed(turn)
        return id

    async def accept_edit(self, id: str, conversation: str) -> None:
        """Receive an edit of a message."""
        edited = message(id, conversation) | {"type": "messageUpdate", "id": f"{id} edited"}
        assert await self.store.accept(edited, TurnKey(f"{id} edit", id, Kind.EDIT), self.queue.enqueue) is None

    def let_end(self, *ids: str) -> None:
        for id in ids:
            self._may_end[id].set()

    async def until(self, condition: Callable[[], object], *, seconds: float = 10) -> None:
        """Wait until the condition is true; it is checked when a turn begins or ends."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: bool(condition()))

    async def _see_typing(self, _service_url: str, conversation: str) -> None:
        self.seen_typing[conversation] += 1
        async with self._changed:
            self._changed.notify_all()

    async def _answer(self, event: ActivityEvent) -> None:
        id = event.body.id
        assert id
        await self._note(self.begun, id, "begun")
        try:
            await self._may_end[id].wait()
        except asyncio.CancelledError:
            self.cancelled.append(id)
            self._print(f"cancelled {id}")
            raise
        await self._note(self.ended, id, "ended")

    async def _note(self, times: dict[str, float], id: str, what: str) -> None:
        times[id] = time.monotonic()
        self._print(f"{what} {id}")
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def running(
    url: str,
    *,
    works: bool = True,
    concurrent: int = 200,
    takeover: float = TAKEOVER,
    print_line: Callable[[str], None] = lambda _: None,
) -> AsyncGenerator[Replica]:
    """Run a replica until the block ends."""
    async with open_database(url, connections=10) as database:
        replica = Replica(database, concurrent, takeover, print_line)
        if works:
            await replica.queue.start()
        watching = asyncio.create_task(replica.runner.watch(every=CHECK_EVERY))
        try:
            yield replica
        finally:
            watching.cancel()
            await replica.queue.stop(grace=0)


async def main(url: str) -> None:
    async with running(url, print_line=lambda line: print(line, flush=True)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
