"""Usage limits per user over the last minute and the last day, on each kind of database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import count

import pytest

from doubles.postgres import PostgresServer
from doubles.usage import move_into_past, now, usage_records
from parley.limits import UsageLimits
from parley.storage import Database, open_database

pytestmark = pytest.mark.real_time

_ids = count(1)


def new_question() -> str:
    return f"question-{next(_ids)}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
def allow(database: Database) -> Callable[..., UsageLimits]:
    return lambda turns=None, tokens=None: UsageLimits(database, turns_per_minute=turns, tokens_per_day=tokens)


async def ask(limits: UsageLimits, user: str = "ada", *, tokens: int = 0) -> bool:
    """Ask a question that uses `tokens`; True if it may be asked."""
    question = new_question()
    if await limits.acquire(user, question):
        return False
    await limits.record(user, question, tokens)
    return True


class TestMinute:
    async def test_allows_the_set_number_of_questions_and_no_more(self, allow: Callable[..., UsageLimits]):
        limits = allow(turns=3)

        assert [await ask(limits) for _ in range(5)] == [True, True, True, False, False]

    async def test_begins_with_each_question(self, allow: Callable[..., UsageLimits], database_url: str):
        limits = allow(turns=2)
        await ask(limits)
        move_into_past(database_url, timedelta(seconds=50))
        await ask(limits)
        move_into_past(database_url, timedelta(seconds=5))

        assert not await ask(limits)
        move_into_past(database_url, timedelta(seconds=5))
        assert await ask(limits)
        assert not await ask(limits)

    async def test_ends_at_the_announced_time(self, allow: Callable[..., UsageLimits], database_url: str):
        limits = allow(turns=2)
        for _ in range(2):
            await ask(limits)
            move_into_past(database_url, timedelta(seconds=10))

        resumes_at = await limits.acquire("ada", new_question())

        assert resumes_at == usage_records(database_url)[0].at + timedelta(minutes=1)

    async def test_is_counted_for_each_user_separately(self, allow: Callable[..., UsageLimits]):
        limits = allow(turns=1)

        assert [await ask(limits, user) for user in ("ada", "bob", "ada", "bob")] == [True, True, False, False]

    async def test_counts_a_repeated_attempt_only_once(self, allow: Callable[..., UsageLimits], database_url: str):
        limits = allow(turns=1)

        assert [await limits.acquire("ada", "again") for _ in range(3)] == [None, None, None]
        assert len(usage_records(database_url)) == 1
        assert not await ask(limits)

    async def test_does_not_count_refused_questions(self, allow: Callable[..., UsageLimits], database_url: str):
        limits = allow(turns=1)
        for _ in range(10):
            await ask(limits)

        assert len(usage_records(database_url)) == 1

    async def test_allows_no_more_when_many_questions_come_at_once(self, allow: Callable[..., UsageLimits]):
        limits = allow(turns=7)

        assert sum(await asyncio.gather(*(ask(limits) for _ in range(40)))) == 7

    async def test_is_shared_by_all_processes(self, postgres: PostgresServer, prepared: str):
        url = postgres.url(prepared)
        async with open_database(url) as one, open_database(url) as other:
            shared = [UsageLimits(database, turns_per_minute=7) for database in (one, other)]
            asked = await asyncio.gather(*(ask(shared[number % 2]) for number in range(40)))

        assert sum(asked) == 7


class TestDay:
    async def test_is_used_up_by_the_question_that_takes_the_last_tokens(self, allow: Callable[..., UsageLimits]):
        limits = allow(tokens=100)

        assert [await ask(limits, tokens=60) for _ in range(4)] == [True, True, False, False]

    async def test_starts_again_as_old_usage_expires(self, allow: Callable[..., UsageLimits], database_url: str):
        limits = allow(tokens=100)
        for tokens in (30, 30, 90):
            assert await ask(limits, tokens=tokens)
            move_into_past(database_url, timedelta(hours=1))
        [_, second, _] = usage_records(database_url)

        resumes_at = await limits.acquire("ada", new_question())

        assert resumes_at is not None and resumes_at == second.at + timedelta(days=1)
        move_into_past(database_url, resumes_at - now() - timedelta(minutes=1))
        assert not await ask(limits)
        move_into_past(database_url, timedelta(minutes=1))
        assert await ask(limits)

    async def test_is_counted_for_each_user_separately(self, allow: Callable[..., UsageLimits]):
        limits = allow(tokens=100)
        await ask(limits, "ada", tokens=1000)

        assert not await ask(limits, "ada")
        assert await ask(limits, "bob")


async def test_each_attempt_of_a_question_adds_to_its_cost(allow: Callable[..., UsageLimits], database_url: str):
    limits = allow(tokens=1000)
    await limits.acquire("ada", "again")
    for tokens in (300, 0, 40):
        await limits.record("ada", "again", tokens)

    assert [question.tokens for question in usage_records(database_url)] == [340]


async def test_the_limit_that_ends_later_decides(allow: Callable[..., UsageLimits], database_url: str):
    limits = allow(turns=1, tokens=1)
    await ask(limits, tokens=5)

    assert await limits.acquire("ada", new_question()) == usage_records(database_url)[0].at + timedelta(days=1)


async def test_without_a_limit_nothing_is_counted(allow: Callable[..., UsageLimits], database_url: str):
    limits = allow()

    assert all([await ask(limits, tokens=10**9) for _ in range(50)])
    assert usage_records(database_url) == []


async def test_usage_older_than_a_day_is_deleted(allow: Callable[..., UsageLimits], database_url: str):
    limits = allow(turns=10)
    await ask(limits, "ada")
    move_into_past(database_url, timedelta(hours=25))
    await ask(limits, "bob")

    await limits.delete_old()

    assert [question.user_id for question in usage_records(database_url)] == ["bob"]
