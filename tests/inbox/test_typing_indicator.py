"""Typing indicators for waiting users: a few requests to Teams, and few queries."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from doubles.disk import Disk
from doubles.replica import message
from parley.inbox import TurnStore, TypingIndicator
from parley.inbox.queue import QueuedTurn
from parley.inbox.turn_key import TurnKey
from parley.inbox.turn_store import WaitingMessage
from parley.replies.rate_limits import Pace
from parley.storage import open_database


class CountingStore(TurnStore):
    queries = 0
    queried = 0

    async def waiting_messages(self, turn_ids: Sequence[int]) -> dict[int, WaitingMessage]:
        self.queries += 1
        self.queried += len(turn_ids)
        return await super().waiting_messages(turn_ids)


class Waiting:
    """Waiting turns, and the typing indicators for them."""

    def __init__(self, store: CountingStore) -> None:
        self.store = store
        self.pace = Pace()
        self.typing = TypingIndicator(store, self._send, self.pace)
        self.shown: list[tuple[float, str]] = []
        """The time and the conversation of each indicator."""

    @property
    def conversations(self) -> list[str]:
        return [conversation for _, conversation in self.shown]

    async def add(self, conversation: str, user: str = "29:ada") -> QueuedTurn:
        turn = await self.store.accept(message("1", conversation, user), TurnKey("1", "1"), lambda *_: None)
        assert turn
        self.typing.add(turn)
        return turn

    async def _send(self, _service_url: str, conversation_id: str) -> None:
        self.shown.append((asyncio.get_running_loop().time(), conversation_id))


@pytest.fixture
async def waiting(disk: Disk) -> AsyncIterator[Waiting]:
    async with open_database(disk.url) as database:
        store = CountingStore(database, max_waiting=20, max_attempts=3, retention=timedelta(hours=24))
        waiting = Waiting(store)
        yield waiting
        waiting.typing.stop()


async def test_only_one_turn_of_a_user_shows_it_and_is_queried(waiting: Waiting):
    turns = [await waiting.add(f"c{number}") for number in range(20)]
    await asyncio.sleep(22)  # seconds: after 1, 5, 9, 13, 17 and 21
    assert waiting.conversations == ["c0"] * 6

    assert await waiting.store.begin(turns[0].turn_id)
    await asyncio.sleep(8)

    assert len(set(waiting.conversations[6:])) == 1 and len(waiting.conversations) > 6
    assert waiting.store.queried < 60  # 159 if each turn were queried each time


async def test_a_turn_that_begins_soon_costs_nothing(waiting: Waiting):
    turn = await waiting.add("c")
    await asyncio.sleep(0.9)
    waiting.typing.remove(turn.turn_id)
    await asyncio.sleep(60)

    assert not waiting.shown and not waiting.store.queries


async def test_a_turn_that_another_process_began_costs_one_query(waiting: Waiting):
    turn = await waiting.add("c")
    await waiting.store.begin(turn.turn_id)
    await asyncio.sleep(60)

    assert not waiting.shown and waiting.store.queries == 1


async def test_it_ends_after_five_minutes(waiting: Waiting):
    await waiting.add("c")
    await asyncio.sleep(3600)

    times = [time for time, _ in waiting.shown]
    assert len(times) == 75 and times[-1] - times[0] < 300


async def test_a_turn_that_waits_behind_another_shows_none(waiting: Waiting):
    first = await waiting.add("c")
    await waiting.store.begin(first.turn_id)
    behind = await waiting.store.accept(message("2", "c", "29:bo"), TurnKey("2", "2"), lambda *_: None)
    assert behind
    waiting.typing.add(behind)
    await asyncio.sleep(30)

    assert not waiting.shown


async def test_several_turns_of_a_conversation_show_one(waiting: Waiting):
    for number in range(3):
        id = str(number)
        turn = await waiting.store.accept(message(id, "c", f"29:{id}"), TurnKey(id, id), lambda *_: None)
        assert turn
        waiting.typing.add(turn)
    await asyncio.sleep(10)

    assert waiting.conversations == ["c"] * 3


async def test_it_is_shown_behind_a_turn_that_a_stopped_process_left(waiting: Waiting):
    first = await waiting.add("c")
    begun = await waiting.store.begin(first.turn_id)
    assert begun
    waiting.typing.remove(first.turn_id)
    await waiting.store.give_back(begun)
    behind = await waiting.store.accept(message("2", "c"), TurnKey("2", "2"), lambda *_: None)
    assert behind
    waiting.typing.add(behind)
    await asyncio.sleep(3)

    assert waiting.conversations == ["c"]


async def test_many_users_share_ten_indicators_a_second(waiting: Waiting):
    """Teams allows 50 requests a second to a bot, and no worker may be there for hours."""
    for number in range(100):
        await waiting.add(f"c{number}", f"29:{number}")
    await asyncio.sleep(61)

    times = [time for time, _ in waiting.shown]
    assert 550 <= len(times) <= 600 and max(Counter(int(time) for time in times).values()) <= 10
    counts = Counter(waiting.conversations)
    assert len(counts) == 100 and max(counts.values()) - min(counts.values()) <= 1
    assert waiting.store.queries <= 121


async def test_it_leaves_the_rate_limit_to_messages(waiting: Waiting):
    for _ in range(60):
        await waiting.pace.wait("c")
    await waiting.add("c")
    await asyncio.sleep(1.6)

    assert not waiting.shown


async def test_it_counts_for_the_rate_limit_of_messages(waiting: Waiting):
    await waiting.add("c")
    await asyncio.sleep(1.01)
    for _ in range(6):
        await waiting.pace.wait("c")

    assert len(waiting.shown) == 1 and not waiting.pace.has_room("c")


async def test_a_failing_database_leaves_it_out(waiting: Waiting, disk: Disk, caplog: pytest.LogCaptureFixture):
    await waiting.add("c")
    disk.execute("ALTER TABLE turns RENAME TO away")
    await asyncio.sleep(3)
    disk.execute("ALTER TABLE away RENAME TO turns")
    await asyncio.sleep(4)

    assert waiting.conversations == ["c"]
    assert caplog.text.count("Typing indicators left out") == 1
