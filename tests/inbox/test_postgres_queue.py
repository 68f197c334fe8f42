"""Turns on a real PostgreSQL server: in order, in parallel, also after the end of a process or of the server."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from itertools import pairwise
from statistics import median

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from doubles.bot import BOT_ID, run_bot
from doubles.connector import Connector
from doubles.model_server import ModelServer
from doubles.postgres import PostgresServer
from doubles.replica import TAKEOVER, Replica, message, running
from parley.inbox.queue import QueuedTurn
from parley.inbox.turn_key import TurnKey
from parley.language import localizer_for

pytestmark = pytest.mark.real_time


@pytest.fixture
async def replica(postgres: PostgresServer, prepared: str) -> AsyncIterator[Replica]:
    async with running(postgres.url(prepared)) as one:
        yield one


async def one_sees(condition: Callable[[], bool], *replicas: Replica) -> None:
    waiting = [asyncio.create_task(replica.until(condition)) for replica in replicas]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    assert condition()


class TestTurns:
    async def test_of_a_conversation_run_one_after_the_other(self, replica: Replica):
        turns = [await replica.accept("c") for _ in range(3)]
        for number, turn in enumerate(turns, start=1):
            await replica.until(lambda number=number: len(replica.begun) == number)
            assert list(replica.begun) == turns[:number] and list(replica.ended) == turns[: number - 1]
            replica.let_end(turn)
        await replica.until(lambda: list(replica.ended) == turns)

    async def test_mostly_begin_within_a_second_of_the_previous_end(self, replica: Replica):
        turns = [await replica.accept("c") for _ in range(8)]
        replica.let_end(*turns)

        await replica.until(lambda: list(replica.ended) == turns)

        gaps = [replica.begun[after] - replica.ended[before] for before, after in pairwise(turns)]
        assert median(gaps) < 1

    async def test_of_several_conversations_run_in_parallel(self, replica: Replica):
        turns = [await replica.accept(f"c{number}") for number in range(20)]

        await replica.until(lambda: sorted(replica.begun) == turns)

        replica.let_end(*turns)
        await replica.until(lambda: sorted(replica.ended) == turns)

    async def test_run_in_parallel_up_to_a_maximum_number(self, postgres: PostgresServer, prepared: str):
        async with running(postgres.url(prepared), concurrent=2) as replica:
            first, second, third = [await replica.accept(f"c{number}") for number in range(3)]
            await replica.until(lambda: set(replica.begun) == {first, second})

            replica.let_end(second)
            await replica.until(lambda: third in replica.begun)
            assert replica.begun[third] > replica.ended[second]

    async def test_of_one_user_keep_no_other_user_waiting(self, postgres: PostgresServer, prepared: str):
        async with running(postgres.url(prepared), concurrent=1) as replica:
            many = [await replica.accept(f"c{number}") for number in range(5)]
            other = [await replica.accept(f"d{number}", "29:bo") for number in range(2)]
            await replica.until(lambda: replica.begun)
            replica.let_end(*many, *other)
            await replica.until(lambda: len(replica.ended) == 7)

            order = list(replica.begun)
            assert order.index(other[0]) <= 2 and order.index(other[1]) <= 4
            assert [id for id in order if id in many] == many

    async def test_of_one_user_leave_room_for_the_others(self, postgres: PostgresServer, prepared: str):
        async with running(postgres.url(prepared), concurrent=4) as replica:
            many = [await replica.accept(f"c{number}") for number in range(6)]
            await replica.until(lambda: len(replica.begun) == 3)
            other = await replica.accept("d", "29:bo")
            await replica.until(lambda: other in replica.begun)
            assert len(replica.begun) == 4

            replica.let_end(*many, other)
            await replica.until(lambda: len(replica.ended) == 7)

    async def test_of_one_user_that_wait_are_seldom_fetched(self, postgres: PostgresServer, prepared: str):
        def fetched_in_vain() -> int:
            [(count,)] = postgres.query("SELECT sum(attempts)::int FROM procrastinate_jobs", prepared)
            assert isinstance(count, int)
            return count

        async with running(postgres.url(prepared), concurrent=4) as replica:
            many = [await replica.accept(f"c{number}") for number in range(43)]
            while fetched_in_vain() < 40:  # noqa: ASYNC110  # the database does not notify of it
                await asyncio.sleep(0.1)

            before = fetched_in_vain()
            await asyncio.sleep(3)
            assert 0 < fetched_in_vain() - before <= 40

            replica.let_end(*many)
            await replica.until(lambda: len(replica.ended) == 43, seconds=20)

    async def test_show_typing_while_they_wait_for_others(self, postgres: PostgresServer, prepared: str):
        async with running(postgres.url(prepared), concurrent=1) as replica:
            first = await replica.accept("c")
            await replica.until(lambda: first in replica.begun)
            waiting, next_one = await replica.accept("d", "29:bo"), await replica.accept("d", "29:bo")
            await replica.until(lambda: replica.seen_typing)
            replica.let_end(first, waiting, next_one)
            await replica.until(lambda: len(replica.ended) == 3)

            assert dict(replica.seen_typing) == {"d": 1}

    async def test_show_typing_until_a_process_comes_that_runs_them(self, postgres: PostgresServer, prepared: str):
        url = postgres.url(prepared)
        async with running(url, works=False) as server:
            turn = await server.accept("c")
            await server.until(lambda: server.seen_typing)
            async with running(url) as worker:
                await worker.until(lambda: list(worker.begun) == [turn])
                seen = server.seen_typing.total()
                await asyncio.sleep(5)  # longer than the time between two indicators

                assert server.seen_typing.total() == seen and not worker.seen_typing
                worker.let_end(turn)
                await worker.until(lambda: worker.ended)

    async def test_in_a_group_are_never_passed(self, postgres: PostgresServer, prepared: str):
        """Even if the second user has no earlier turns, and the first one has many."""
        async with running(postgres.url(prepared), concurrent=1) as replica:
            many = [await replica.accept(f"c{number}") for number in range(3)]
            group = [await replica.accept("group"), await replica.accept("group", "29:bo")]
            replica.let_end(*many, *group)
            await replica.until(lambda: len(replica.ended) == 5)

            assert [id for id in replica.begun if id in group] == group

    async def test_of_a_conversation_run_in_order_on_several_replicas(self, postgres: PostgresServer, prepared: str):
        url = postgres.url(prepared)
        async with running(url) as one, running(url) as other:
            turns = [await (one, other)[number % 2].accept("c") for number in range(6)]
            one.let_end(*turns)
            other.let_end(*turns)
            await one_sees(lambda: sorted([*one.ended, *other.ended]) == turns, one, other)

            begun, ended = one.begun | other.begun, one.ended | other.ended
            assert all(ended[before] < begun[after] for before, after in pairwise(turns))

    async def test_are_not_run_by_a_process_that_only_serves(
        self, postgres: PostgresServer, prepared: str, replica: Replica
    ):
        async with running(postgres.url(prepared), works=False) as server:
            turn = await server.accept("c")

            await replica.until(lambda: list(replica.begun) == [turn])
            assert not server.begun

    async def test_restart_when_another_process_accepts_an_edit(
        self, postgres: PostgresServer, prepared: str, replica: Replica
    ):
        async with running(postgres.url(prepared), works=False) as server:
            turn = await server.accept("c")
            await replica.until(lambda: list(replica.begun) == [turn])
            replica.let_end(f"{turn} edited")

            await server.accept_edit(turn, "c")

            await replica.until(lambda: list(replica.ended) == [f"{turn} edited"])
            assert replica.cancelled == [turn]
            later = await server.accept("c")
            await replica.until(lambda: later in replica.begun)

    async def test_leave_no_job_behind(self, postgres: PostgresServer, prepared: str, replica: Replica):
        turn = await replica.accept("c")
        replica.let_end(turn)
        await replica.until(lambda: replica.ended)

        await replica.queue.stop(grace=1)

        assert postgres.query("SELECT count(*) FROM procrastinate_jobs", prepared) == [(0,)]

    async def test_that_cannot_be_stored_leave_no_turn_and_no_job(self, postgres: PostgresServer, prepared: str):
        async with running(postgres.url(prepared), works=False) as replica:
            postgres.query("ALTER TABLE procrastinate_jobs ADD CHECK (false) NOT VALID", prepared)

            with pytest.raises(SQLAlchemyError, match="job cannot be stored"):
                await replica.accept("c")

            assert await replica.store.unfinished() == []


class TestStop:
    async def test_lets_running_turns_end_and_starts_no_others(self, replica: Replica):
        turns = [await replica.accept("c") for _ in range(2)]
        await replica.until(lambda: replica.begun)

        stopping = asyncio.create_task(replica.queue.stop(grace=10))
        await asyncio.sleep(0)
        replica.let_end(*turns)
        await stopping

        assert (list(replica.begun), list(replica.ended)) == (turns[:1], turns[:1])

    async def test_returns_unfinished_turns_to_other_processes(
        self, postgres: PostgresServer, prepared: str, replica: Replica
    ):
        turns = [await replica.accept("c") for _ in range(2)]
        await replica.until(lambda: list(replica.begun) == turns[:1])
        async with running(postgres.url(prepared)) as other:
            await replica.queue.stop(grace=0)

            await other.until(lambda: list(other.begun) == turns[:1], seconds=TAKEOVER / 2)
            assert replica.cancelled == turns[:1]

    async def test_keeps_turns_in_their_grace_from_being_taken_over(
        self, postgres: PostgresServer, prepared: str, replica: Replica
    ):
        turn = await replica.accept("c")
        await replica.until(lambda: replica.begun)
        async with running(postgres.url(prepared)) as other:
            stopping = asyncio.create_task(replica.queue.stop(grace=20))
            await asyncio.sleep(TAKEOVER * 1.5)
            replica.let_end(turn)
            await stopping

            assert (list(replica.ended), list(other.begun)) == ([turn], [])

    async def test_without_turns_is_immediate_when_the_database_is_away(
        self, postgres: PostgresServer, replica: Replica
    ):
        with postgres.away():
            async with asyncio.timeout(10):
                await replica.queue.stop(grace=20)

    async def test_does_not_wait_for_an_unavailable_database(
        self, postgres: PostgresServer, replica: Replica, caplog: pytest.LogCaptureFixture
    ):
        await replica.accept("c")
        await replica.until(lambda: replica.begun)

        with postgres.away():
            async with asyncio.timeout(10):
                await replica.queue.stop(grace=0)


@contextmanager
def process(url: str) -> Generator[subprocess.Popen[str]]:
    """A replica in another process."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "ignore", "-m", "doubles.replica", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:
        try:
            yield running
        finally:
            running.kill()


async def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return (await asyncio.to_thread(process.stdout.readline)).strip()


class TestTakeover:
    async def test_of_a_killed_process_happens_in_time_and_in_order(self, postgres: PostgresServer, prepared: str):
        async with running(postgres.url(prepared), works=False) as survivor:
            turns = [await survivor.accept("c") for _ in range(3)]
            with process(postgres.url(prepared)) as victim:
                assert await line(victim) == f"begun {turns[0]}"
                await survivor.queue.start()
                survivor.let_end(*turns)

                victim.kill()

                await survivor.until(lambda: survivor.begun, seconds=TAKEOVER)
            await survivor.until(lambda: list(survivor.ended) == turns)

    async def test_prevents_a_paused_process_from_finishing_its_turn(self, postgres: PostgresServer, prepared: str):
        async with running(postgres.url(prepared), works=False) as survivor:
            turns = [await survivor.accept("c") for _ in range(2)]
            with process(postgres.url(prepared)) as sleeper:
                assert await line(sleeper) == f"begun {turns[0]}"
                await survivor.queue.start()
                sleeper.send_signal(signal.SIGSTOP)
                await survivor.until(lambda: list(survivor.begun) == turns[:1])

                sleeper.send_signal(signal.SIGCONT)

                assert await line(sleeper) == f"cancelled {turns[0]}"
                assert not survivor.ended
                survivor.let_end(*turns)
                await survivor.until(lambda: list(survivor.ended)[:1] == turns[:1])
            # Either of the two runs the next one.
            await survivor.until(lambda: list(survivor.ended) == turns)
            await survivor.queue.stop(grace=10)
            count = "SELECT count(*) FROM turns WHERE finished_at IS NOT NULL"
            assert postgres.query(count, prepared) == [(2,)]

    async def test_does_not_happen_to_long_turns(self, postgres: PostgresServer, prepared: str, replica: Replica):
        turn = await replica.accept("c")
        await replica.until(lambda: replica.begun)
        async with running(postgres.url(prepared)) as other:
            await asyncio.sleep(TAKEOVER * 1.5)

            assert not other.begun and not replica.cancelled
            replica.let_end(turn)
            await replica.until(lambda: replica.ended)

    async def test_does_not_happen_when_the_database_was_away(self, postgres: PostgresServer, prepared: str):
        url, takeover = postgres.url(prepared), 2 * TAKEOVER  # a process may wait for seconds on a busy machine
        async with running(url, takeover=takeover) as one, running(url, takeover=takeover) as other:
            turns = [await one.accept(f"c{number}") for number in range(10)]
            await one_sees(lambda: len([*one.begun, *other.begun]) == len(turns), one, other)
            with postgres.away():
                await asyncio.sleep(takeover)

            await asyncio.sleep(takeover)

            assert not one.cancelled and not other.cancelled
            assert sorted([*one.begun, *other.begun]) == turns

    async def test_happens_to_a_job_that_its_process_never_received(self, replica: Replica):
        """The connection broke after the database had assigned the job, and before the process received it."""

        def assign(transaction: Connection, turn: QueuedTurn) -> None:
            replica.queue.enqueue(transaction, turn)
            worker = "(SELECT id FROM procrastinate_workers)"
            lost = f"UPDATE procrastinate_jobs SET status = 'doing', worker_id = {worker} WHERE lock = 'c'"
            transaction.execute(text(lost))

        other = await replica.accept("d")
        await replica.until(lambda: replica.begun)
        await replica.store.accept(message("lost", "c"), TurnKey("lost", "lost"), assign)
        after = await replica.accept("c")

        replica.let_end("lost", after)

        await replica.until(lambda: list(replica.ended) == ["lost", after])
        assert other not in replica.cancelled


class TestServerThatGoesAway:
    async def test_comes_back_to_a_process_that_waits_for_turns(
        self, postgres: PostgresServer, replica: Replica, caplog: pytest.LogCaptureFixture
    ):
        with postgres.away():
            with pytest.raises(SQLAlchemyError):
                await replica.accept("c")
            await asyncio.sleep(TAKEOVER)

        turn = await replica.accept("c")
        replica.let_end(turn)
        await replica.until(lambda: replica.ended)

        [line] = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert line.startswith("Database unavailable, the job queue is retrying")

    async def test_comes_back_to_a_process_in_the_middle_of_turns(
        self, postgres: PostgresServer, prepared: str, replica: Replica
    ):
        first, second = [await replica.accept("c") for _ in range(2)]
        long = await replica.accept("d")
        await replica.until(lambda: set(replica.begun) == {first, long})
        with postgres.away():
            replica.let_end(first, second)
            await replica.until(lambda: replica.ended)

        await replica.until(lambda: list(replica.ended) == [first, second], seconds=20)

        assert not replica.cancelled
        replica.let_end(long)
        await replica.until(lambda: long in replica.ended)
        await replica.queue.stop(grace=10)
        assert postgres.query("SELECT count(*) FROM procrastinate_jobs", prepared) == [(0,)]


class TestBot:
    async def test_refuses_messages_while_the_database_is_away(
        self, postgres: PostgresServer, prepared: str, environment: dict[str, str], connector: Connector
    ):
        async with run_bot(environment | {"DATABASE_URL": postgres.url(prepared)}, connector) as bot:
            message = bot.group().message("<at>Parley</at> One", mentions={"Parley": BOT_ID})
            with postgres.away():
                assert (await bot.deliver(message)).status_code == 503
                assert (await bot.http.get(f"{bot.url}/readyz")).status_code == 503
                assert (await bot.http.get(f"{bot.url}/healthz")).status_code == 200

            await asyncio.sleep(1)  # a look at the database is good for a second
            assert (await bot.http.get(f"{bot.url}/readyz")).status_code == 200
            assert (await bot.deliver(message)).status_code == 200
            assert (await bot.deliver(message)).status_code == 200

            for _ in range(500):
                if not connector.messages:
                    await asyncio.sleep(0.02)
            assert [reply.text for reply in connector.messages] == ["OK."]

    async def test_answers_a_failed_question_in_place_after_a_click(
        self,
        postgres: PostgresServer,
        prepared: str,
        environment: dict[str, str],
        connector: Connector,
        model: ModelServer,
    ):
        model.fails_after("Half of ")
        async with run_bot(environment | {"DATABASE_URL": postgres.url(prepared)}, connector) as bot:
            conversation = bot.personal()
            await bot.deliver(conversation.message("One"))
            for _ in range(500):
                if postgres.query("SELECT count(finished_at) FROM turns", prepared) == [(0,)]:
                    await asyncio.sleep(0.02)

            await bot.deliver(conversation.message(localizer_for("en")("try-again")))

            async with asyncio.timeout(10):
                await connector.until(lambda: [bubble.text for bubble in connector.bubbles()] == ["OK."])


async def test_a_process_opens_no_more_connections_than_it_may(
    postgres: PostgresServer, prepared: str, replica: Replica
):
    turns = [await replica.accept(f"c{number}") for number in range(30)]
    await replica.until(lambda: len(replica.begun) == len(turns))
    replica.let_end(*turns)
    await asyncio.gather(*(replica.accept(f"d{number}") for number in range(30)))
    await replica.until(lambda: len(replica.begun) == 60)

    count = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{prepared}' AND application_name = 'parley'"
    [(connections,)] = postgres.query(count)
    assert connections == 10
