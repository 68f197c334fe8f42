"""Steps in the database wait until it is available."""

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from parley.storage import Database, open_database, retry_until_available


async def execute(database: Database, statement: str) -> None:
    await database.run(lambda connection: connection.execute(text(statement)))


async def test_a_step_waits_for_the_database_and_logs_each_attempt(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async with open_database(f"sqlite:///{tmp_path / 'parley.db'}") as database:
        caplog.set_level(logging.WARNING)
        taking = asyncio.create_task(retry_until_available(execute, database, "INSERT INTO later\nVALUES ('a secret')"))
        await asyncio.sleep(60)
        assert not taking.done()
        await execute(database, "CREATE TABLE later (text VARCHAR)")
        await taking

    assert caplog.messages
    for line in caplog.messages:
        assert line.startswith("Database unavailable, retrying in ")
        assert line.endswith(" s: OperationalError: no such table: later")


async def test_a_permanent_error_is_not_retried(tmp_path: Path):
    async with open_database(f"sqlite:///{tmp_path / 'parley.db'}") as database, asyncio.timeout(60):
        with pytest.raises(IntegrityError):
            await retry_until_available(execute, database, "INSERT INTO exchanges (id) VALUES (1)")
