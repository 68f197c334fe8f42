"""Delayed turns: counted for the probes, and logged once in a while."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.model_server import ModelServer
from doubles.postgres import PostgresServer
from doubles.replica import message, running
from parley.inbox import DelayMonitor, Delays, TurnStore
from parley.inbox.turn_key import Kind, TurnKey
from parley.storage import Database, open_database, tables

WARNING = "Turns delayed"


async def age(database: Database, seconds: float) -> None:
    """Move the arrival of all turns into the past."""
    arrival = datetime.now(UTC) - timedelta(seconds=seconds)
    await database.run(lambda connection: connection.execute(update(tables.Turn).values(accepted_at=arrival)))


class Waiting:
    """Waiting turns, and their monitor."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = TurnStore(database, max_waiting=20, max_attempts=3, retention=timedelta(hours=24))
        self.running: set[int] = set()
        self.monitor = DelayMonitor(database, takeover=None, running=lambda: self.running)

    async def accept(self, id: str, conversation: str) -> int:
        turn = await self.store.accept(message(id, conversation), TurnKey(id, id), lambda *_: None)
        assert turn
        return turn.turn_id

    async def end(self, turn_id: int) -> None:
        turn = await self.store.begin(turn_id)
        assert turn and await self.store.finish(turn)


@pytest.fixture
async def waiting(environment: dict[str, str]) -> AsyncIterator[Waiting]:
    async with open_database(environment["DATABASE_URL"]) as database:
        waiting = Waiting(database)
        watching = asyncio.create_task(waiting.monitor.watch())
        yield waiting
        watching.cancel()


class TestDelays:
    async def test_are_turns_that_wait_for_over_a_minute(self, waiting: Waiting):
        await waiting.accept("1", "a")
        await waiting.accept("2", "b")
        await age(waiting.database, 90)
        await waiting.accept("3", "c")
        await asyncio.sleep(16)

        assert waiting.monitor.current == Delays(2, 90)

    async def test_are_no_turns_that_run_or_wait_behind_one(self, waiting: Waiting):
        turn = await waiting.store.begin(await waiting.accept("1", "a"))
        assert turn
        waiting.running.add(turn.id)
        await waiting.accept("2", "a")
        await age(waiting.database, 90)
        await asyncio.sleep(16)

        assert waiting.monitor.current == Delays()

    async def test_are_turns_that_crashed_and_wait_again(self, waiting: Waiting):
        """An earlier process has begun the turn, and died."""
        await waiting.store.begin(await waiting.accept("1", "a"))
        await waiting.accept("2", "a")
        await age(waiting.database, 90)
        await asyncio.sleep(16)

        assert waiting.monitor.current == Delays(2, 90)

    async def test_begin_when_the_user_asks_a_failed_question_again(self, waiting: Waiting):
        failed = await waiting.store.begin(await waiting.accept("1", "a"))
        assert failed
        failed.may_be_repeated = True
        await waiting.store.finish(failed)
        await age(waiting.database, 1800)
        click = message("2", "a"), TurnKey("2", "2", Kind.REPETITION)
        assert await waiting.store.accept(*click, lambda *_: None)
        await asyncio.sleep(16)

        assert waiting.monitor.current == Delays()

    async def test_are_logged_every_five_minutes(self, waiting: Waiting, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        turn = await waiting.accept("1", "a")
        await age(waiting.database, 90)
        await asyncio.sleep(601)

        assert caplog.text.count(WARNING) == 2 and "Turns delayed: 1, the longest for 90 s; start" in caplog.text
        assert "no longer" not in caplog.text
        await waiting.end(turn)
        await asyncio.sleep(600)
        assert caplog.text.count(WARNING) == 2 and caplog.text.count("Turns no longer delayed") == 1

    async def test_are_logged_again_after_they_have_ended(self, waiting: Waiting, caplog: pytest.LogCaptureFixture):
        for number in range(2):
            turn = await waiting.accept(str(number), "a")
            await age(waiting.database, 90)
            await asyncio.sleep(16)
            await waiting.end(turn)
            await asyncio.sleep(16)

        assert caplog.text.count(WARNING) == 2

    async def test_are_unknown_while_the_database_fails(self, waiting: Waiting, caplog: pytest.LogCaptureFixture):
        await waiting.accept("1", "a")
        await age(waiting.database, 90)
        await waiting.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE turns RENAME TO away"))
        await asyncio.sleep(60)
        assert waiting.monitor.current == Delays() and not caplog.text

        await waiting.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE away RENAME TO turns"))
        await asyncio.sleep(16)
        assert waiting.monitor.current.turns == 1


async def ready(bot: Bot) -> dict[str, object]:
    response = await bot.http.get(f"{bot.url}/readyz")
    assert response.status_code == 200
    return response.json()


async def test_the_probe_tells_of_delays_and_stays_ready(
    environment: dict[str, str], connector: Connector, model: ModelServer
):
    model.speaks(300, "OK.")
    async with run_bot(environment | {"MAX_CONCURRENT_TURNS": "1"}, connector) as bot:
        await bot.deliver(bot.personal("first").message("Hi"))
        await model.until_requested(1)
        await bot.deliver(bot.personal("waiting", "Bo Diddley").message("Hi"))
        assert await ready(bot) == {"status": "ready", "delayed_turns": 0, "longest_delay": 0}

        async with open_database(environment["DATABASE_URL"]) as database:
            await age(database, 75)
        await asyncio.sleep(16)

        assert await ready(bot) == {"status": "ready", "delayed_turns": 1, "longest_delay": 75}


@pytest.mark.real_time
class TestOnPostgreSQL:
    async def test_turns_are_delayed_while_no_process_runs_them(self, postgres: PostgresServer, prepared: str):
        url = postgres.url(prepared)
        async with running(url, works=False) as server, open_database(url) as database:
            turn, behind = await server.accept("c"), await server.accept("c")
            await age(database, 90)
            monitor = DelayMonitor(database, takeover=3, running=set)
            watching = asyncio.create_task(monitor.watch(every=0.1))
            await until(lambda: monitor.current.turns == 2)
            async with running(url) as worker:
                await worker.until(lambda: list(worker.begun) == [turn])
                await until(lambda: not monitor.current.turns)
                worker.let_end(turn, behind)
                await worker.until(lambda: len(worker.ended) == 2)
            watching.cancel()

    async def test_turns_of_a_dead_process_are_delayed(self, postgres: PostgresServer, prepared: str):
        url = postgres.url(prepared)
        # The worker sends a heartbeat every ten seconds.
        async with running(url, takeover=3600) as worker, open_database(url) as database:
            turn = await worker.accept("c")
            await worker.until(lambda: worker.begun)
            await age(database, 90)
            monitor = DelayMonitor(database, takeover=3, running=set)
            watching = asyncio.create_task(monitor.watch(every=0.1))
            await asyncio.sleep(0.5)
            assert not monitor.current.turns

            postgres.query("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'", prepared)
            await until(lambda: monitor.current.turns == 1)
            watching.cancel()
            worker.let_end(turn)
            await worker.until(lambda: worker.ended)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # the monitor notifies nobody
            await asyncio.sleep(0.05)
