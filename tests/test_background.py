"""Background tasks run until their block ends."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy.exc import OperationalError

from parley.background import delete_expired_periodically, running


async def test_a_task_that_fails_is_logged_with_its_cause(caplog: pytest.LogCaptureFixture):
    async def tidy() -> None:
        raise TypeError("not a date")

    async with running(tidy()):
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert "tidy ended unexpectedly" in caplog.text
    assert "TypeError: not a date" in caplog.text


async def test_a_task_is_closed_when_the_block_ends(caplog: pytest.LogCaptureFixture):
    is_closed = False

    async def watch() -> None:
        nonlocal is_closed
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            is_closed = True

    async with running(watch()):
        await asyncio.sleep(0)

    assert is_closed
    assert not caplog.records


async def test_expired_rows_are_deleted_hourly_despite_failures():
    calls: list[tuple[str, float]] = []

    async def delete_turns() -> None:
        calls.append(("turns", asyncio.get_running_loop().time()))
        raise OperationalError("DELETE", None, Exception("the database is away"))

    async def delete_usage() -> None:
        calls.append(("usage", asyncio.get_running_loop().time()))

    started_at = asyncio.get_running_loop().time()
    with suppress(TimeoutError):
        async with asyncio.timeout(3600 + 1):
            await delete_expired_periodically(delete_turns, delete_usage)

    assert [name for name, _ in calls] == ["turns", "usage"] * 2
    assert [at - started_at for _, at in calls] == [0, 0, 3600, 3600]
