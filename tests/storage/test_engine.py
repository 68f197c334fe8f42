"""The database is opened with what it needs."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from parley.storage import UnusableDatabaseError, open_database
from parley.storage.tables import Table


async def test_sqlite_lets_readers_and_a_writer_work_side_by_side(tmp_path: Path):
    async with (
        open_database(f"sqlite+aiosqlite:///{tmp_path / 'parley.db'}") as database,
        database.connect() as connection,
    ):
        pragmas = {
            name: await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "busy_timeout", "foreign_keys")
        }

    assert pragmas == {"journal_mode": "wal", "busy_timeout": 5000, "foreign_keys": 1}


async def test_the_migrations_make_the_tables_that_the_code_expects(tmp_path: Path):
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'parley.db'}"):
        pass

    engine = create_engine(f"sqlite:///{tmp_path / 'parley.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    engine.dispose()


async def test_a_database_of_the_first_version_keeps_its_exchanges(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'parley.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "parley.storage:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO exchanges VALUES (1, 'c', '2026-01-01', 10, '[]')"))
    engine.dispose()

    async with (
        open_database(f"sqlite+aiosqlite:///{tmp_path / 'parley.db'}") as database,
        database.connect() as connection,
    ):
        rows = (await connection.execute(text("SELECT id, tokens, input_tokens, output_tokens FROM exchanges"))).all()
    assert [tuple(row) for row in rows] == [(1, 10, None, None)]


async def test_a_database_is_opened_again_as_it_was_left(tmp_path: Path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'parley.db'}"
    for _ in range(2):
        async with open_database(url) as database, database.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM exchanges")) == 0


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "parley.db").write_text("This is a letter to a friend, and longer than a header of SQLite." * 20)

    with pytest.raises(UnusableDatabaseError, match="file is not a database"):
        async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'parley.db'}"):
            pass
