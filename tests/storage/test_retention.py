"""What is too old is deleted while the bot runs."""

import asyncio
from contextlib import suppress

from sqlalchemy.exc import OperationalError

from parley.storage import delete_expired_periodically


async def test_old_rows_are_deleted_every_hour_despite_failures():
    calls: list[tuple[str, float]] = []

    async def delete_turns() -> None:
        calls.append(("turns", asyncio.get_running_loop().time()))
        raise OperationalError("DELETE", None, Exception("the database is away"))

    async def delete_usage() -> None:
        calls.append(("usage", asyncio.get_running_loop().time()))

    begun_at = asyncio.get_running_loop().time()
    with suppress(TimeoutError):
        async with asyncio.timeout(3600 + 1):
            await delete_expired_periodically(delete_turns, delete_usage)

    assert [name for name, _ in calls] == ["turns", "usage"] * 2
    assert [at - begun_at for _, at in calls] == [0, 0, 3600, 3600]
