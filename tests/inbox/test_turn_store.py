"""The stored turns, on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from doubles.replica import message
from parley.inbox.turn_key import Kind, TurnKey
from parley.inbox.turn_store import StoredTurn, TakenOverError, TurnStore
from parley.storage import Database, open_database
from parley.storage.tables import Turn

pytestmark = pytest.mark.real_time

DAY = timedelta(hours=24)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        yield opened


async def accept(store: TurnStore, id: str = "1") -> int | None:
    turn = await store.accept(message(id, "c"), TurnKey(id, id), lambda _connection, _turn: None)
    return turn and turn.turn_id


async def begun(store: TurnStore) -> StoredTurn:
    turn_id = await accept(store)
    assert turn_id
    turn = await store.begin(turn_id)
    assert turn
    return turn


def open_store(database: Database, retention: timedelta = DAY) -> TurnStore:
    return TurnStore(database, max_waiting=20, max_attempts=3, retention=retention)


class TestRetention:
    async def test_ends_when_a_message_is_unknown_again(self, database: Database):
        store = open_store(database, timedelta(0))
        await store.finish(await begun(store))

        await store.delete_old()

        assert await accept(store)

    async def test_keeps_a_message_known_until_then(self, database: Database):
        store = open_store(database)
        await store.finish(await begun(store))

        await store.delete_old()

        assert await accept(store) is None

    async def test_keeps_unfinished_turns(self, database: Database):
        store = open_store(database, timedelta(0))
        await begun(store)

        await store.delete_old()

        assert len(await store.unfinished()) == 1


class TestTakeover:
    async def test_prevents_all_writes_of_the_old_process(self, database: Database):
        store = open_store(database)
        first = await begun(store)
        second = await store.begin(first.id)
        assert second

        with pytest.raises(TakenOverError):
            await first.sent.add("late")
        with pytest.raises(TakenOverError):
            await store.finish(first)
        with pytest.raises(TakenOverError):
            await store.give_back(first)

        await second.sent.add("its own")
        await store.finish(second)

    async def test_is_noticed_by_a_delayed_process_before_it_sends(self, database: Database):
        store = open_store(database)
        first = await begun(store)
        await store.begin(first.id)
        first.lease_confirmed_at -= 10  # seconds

        with pytest.raises(TakenOverError):
            await first.confirm_lease()

    async def test_is_final_even_when_the_turn_is_returned(self, database: Database):
        store = open_store(database)
        first = await begun(store)
        second = await store.begin(first.id)
        assert second
        await store.give_back(second)

        with pytest.raises(TakenOverError):
            await first.sent.add("late")


class TestRepetition:
    async def click(self, store: TurnStore, id: str) -> int | None:
        key = TurnKey(id, id, Kind.REPETITION)
        turn = await store.accept(message(id, "c"), key, lambda _connection, _turn: None)
        return turn and turn.turn_id

    async def fail(self, store: TurnStore) -> StoredTurn:
        turn = await begun(store)
        await turn.sent.add("apology")
        await self.end_offering(store, turn)
        return turn

    async def fail_two(self, store: TurnStore) -> tuple[int, int]:
        """Let two questions fail that were sent before the first one failed."""
        first, second = await accept(store, "a"), await accept(store, "b")
        assert first and second
        for id in (first, second):
            turn = await store.begin(id)
            assert turn
            await self.end_offering(store, turn)
        return first, second

    async def end_offering(self, store: TurnStore, turn: StoredTurn) -> None:
        turn.may_be_repeated = True
        await store.finish(turn)

    async def pass_time(self, database: Database) -> None:
        """Move all that has happened a minute into the past."""
        minute = timedelta(minutes=1)
        rows = await database.run(lambda connection: connection.execute(select(Turn.id, Turn.accepted_at)).all())
        for id, accepted_at in rows:
            earlier = update(Turn).where(Turn.id == id).values(accepted_at=accepted_at - minute)
            await database.run(lambda connection, earlier=earlier: connection.execute(earlier))

    async def test_begins_the_failed_turn_again_as_itself(self, database: Database):
        store = open_store(database)
        failed = await self.fail(store)

        assert await self.click(store, "2") == failed.id

        [waiting] = await store.unfinished()
        again = await store.begin(waiting.turn_id)
        assert again and again.activity == failed.activity and again.question_id == failed.question_id
        assert again.sent_ids == ["apology"] and waiting.user_id == "29:ada"

    async def test_is_accepted_once(self, database: Database):
        store = open_store(database)
        failed = await self.fail(store)
        await self.click(store, "2")

        assert await self.click(store, "3") is None
        assert await self.click(store, "2") is None
        again = await store.begin(failed.id)
        assert again
        assert await self.click(store, "4") is None
        await store.finish(again)
        assert await self.click(store, "2") is None and not await store.unfinished()

    async def test_twice_leaves_other_failed_questions_alone(self, database: Database):
        store = open_store(database)
        first, second = await self.fail_two(store)

        assert await self.click(store, "2") == second
        assert await self.click(store, "3") is None

        assert [turn.turn_id for turn in await store.unfinished()] == [second]
        await self.pass_time(database)
        assert await self.click(store, "4") is None, "the question is still being answered"
        again = await store.begin(second)
        assert again
        await store.finish(again)
        await self.pass_time(database)
        assert await self.click(store, "5") == first

    async def test_twice_asks_once_though_it_quickly_fails(self, database: Database):
        store = open_store(database)
        failed = await self.fail(store)
        await self.click(store, "2")
        again = await store.begin(failed.id)
        assert again
        await self.end_offering(store, again)

        assert await self.click(store, "3") is None and not await store.unfinished()

        await self.pass_time(database)
        assert await self.click(store, "4") == failed.id

    async def test_is_a_message_while_another_turn_waits(self, database: Database):
        """Only a click on the question in progress is a second one."""
        store = open_store(database)
        waiting = await accept(store, "0")
        failed = await self.fail(store)
        await self.click(store, "2")
        again = await store.begin(failed.id)
        assert again
        await store.finish(again)
        await self.pass_time(database)

        turn_id = await self.click(store, "3")

        assert turn_id and turn_id not in (waiting, failed.id)

    async def test_without_a_failure_is_a_message(self, database: Database):
        store = open_store(database)
        answered = await begun(store)
        await store.finish(answered)

        turn_id = await self.click(store, "2")

        assert turn_id and turn_id != answered.id
        turn = await store.begin(turn_id)
        assert turn and turn.kind is Kind.MESSAGE

    async def test_is_a_message_once_the_question_is_too_old(self, database: Database):
        store = open_store(database, timedelta(0))
        failed = await self.fail(store)
        await store.delete_old()

        assert await self.click(store, "2") and failed.id
        [waiting] = await store.unfinished()
        turn = await store.begin(waiting.turn_id)
        assert turn and turn.activity["id"] == "2"
