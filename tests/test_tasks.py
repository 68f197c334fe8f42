"""Work that goes on beside everything else."""

import asyncio

import pytest

from parley.tasks import running


async def test_failed_work_is_logged_with_its_cause(caplog: pytest.LogCaptureFixture):
    async def tidy() -> None:
        raise TypeError("not a date")

    async with running(tidy()):
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert "tidy has ended" in caplog.text
    assert "TypeError: not a date" in caplog.text


async def test_work_is_done_when_the_block_ends(caplog: pytest.LogCaptureFixture):
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
