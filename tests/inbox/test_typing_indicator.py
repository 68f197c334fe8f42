"""Typing indicators for waiting users cost few queries."""

import asyncio
from datetime import timedelta

from doubles.disk import Disk
from doubles.replica import message
from parley.inbox import TurnStore, TypingIndicator
from parley.inbox.queue import QueuedTurn
from parley.inbox.turn_key import TurnKey
from parley.inbox.turn_store import Json
from parley.storage import open_database


class CountingStore(TurnStore):
    queries = 0

    async def waiting_message(self, turn_id: int) -> tuple[Json, bool] | None:
        self.queries += 1
        return await super().waiting_message(turn_id)


async def test_only_one_turn_of_a_user_queries_the_database(disk: Disk):
    shown: list[str] = []

    async def send(message: Json) -> None:
        shown.append(message["conversation"]["id"])

    async with open_database(disk.url) as database:
        store = CountingStore(database, max_waiting=20, max_attempts=3, retention=timedelta(hours=24))
        typing = TypingIndicator(store, send)
        turns: list[QueuedTurn] = []
        for number in range(20):
            id = str(number)
            turn = await store.accept(message(id, f"c{id}"), TurnKey(id, id), lambda _transaction, _turn: None)
            assert turn
            turns.append(turn)
        showing = [asyncio.create_task(typing.show(turn)) for turn in turns]
        await asyncio.sleep(22)  # seconds: after 1, 5, 9, 13, 17 and 21
        first = await store.begin(turns[0].turn_id)
        await asyncio.sleep(8)

        assert first and showing[0].done()
        assert shown[:6] == ["c0"] * 6 and len(set(shown[6:])) == 1
        assert store.queries < 60  # 159 if each turn asked each time
        for task in showing:
            task.cancel()
