"""Databases of older versions are upgraded with their rows."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, insert, select, text
from sqlalchemy.exc import StatementError

from doubles.postgres import PostgresServer
from parley.storage import UnusableDatabaseError, check_database, open_database, upgrade
from parley.storage.tables import Table, UsageRecord

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

OLD_ROWS = """
INSERT INTO exchanges VALUES (1, 'c', '{noon}', 10, '[]')
--0003
INSERT INTO turns VALUES
 (1, 'c', 'hello', NULL, NULL, 1, 0, '[]', '{noon}', '{noon}'),
 (2, 'c', 'm1', NULL, NULL, 1, 0, '["a1"]', '{noon}', '{noon}'),
 (3, 'c', 'm1 return 2026', NULL, NULL, 1, 0, '[]', '{noon}', '{noon}'),
 (4, 'c', 'm2', '{"id": "m2", "from": {"id": "29:ada", "name": "Ada"}}', NULL, 1, 1, '[]', '{noon}', NULL),
 (5, 'c', 'm3', '{"id": "m3"}', NULL, 0, 0, '[]', '{noon}', NULL)
--0004
UPDATE turns SET kind = 'hello' WHERE id = 1;
UPDATE turns SET kind = 'return', message_id = 'm1' WHERE id = 3;
UPDATE turns SET changes = 2 WHERE id = 4
--0005
INSERT INTO feedback
 (conversation_id, message_id, person_id, person_name, reaction, asked_by, created_at, updated_at)
 VALUES ('c', 'a1', 'bob', 'Bob', 'like', 'Ada', '{noon}', '{noon}');
INSERT INTO spendings (person_id, question_id, at, tokens)
 VALUES ('ada', 'm1 2.0', '{noon}', 7), ('ada', 'm2 4.2', '{noon}', 8)
--0006
"""


def migrate(connection: Connection, revision: str, run: Callable[[Config, str], None] = command.upgrade) -> None:
    config = Config()
    config.set_main_option("script_location", "parley.storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    run(config, revision)


def differences(connection: Connection) -> list[object]:
    """The differences between the tables of a database and those that the code expects."""
    ours = {"include_name": lambda name, kind, _: kind != "table" or name in Table.metadata.tables}
    return compare_metadata(MigrationContext.configure(connection, opts=ours), Table.metadata)


def make_old_database(url: str) -> None:
    """Make a database of version 0006, with rows that earlier versions inserted."""
    engine = create_engine(url)
    with engine.begin() as connection:
        revision = "0001"
        for part in OLD_ROWS.replace("{noon}", f"{NOON:%Y-%m-%d %H:%M:%S.%f}").split("--"):
            if part[:4].isdigit():
                revision, _, part = part.partition("\n")
            migrate(connection, revision)
            for statement in filter(str.strip, part.split(";")):
                connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of version 0006 that has rows."""
    if request.param == "sqlite":
        make_old_database(url := f"sqlite:///{tmp_path / 'parley.db'}")
        yield url
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as name:
            make_old_database(url := server.url(name))
            yield url


def rows_of(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows


class TestUpgrade:
    def test_keeps_the_rows_under_the_new_names(self, old_url: str):
        upgrade(old_url)

        assert rows_of(old_url, "SELECT conversation_id, tokens FROM exchanges") == [("c", 10)]
        assert rows_of(old_url, "SELECT activity_id, message_id, kind, updates, user_id FROM turns ORDER BY id") == [
            ("installed", "installed", "installed", 0, None),
            ("m1", "m1", "message", 0, None),
            ("m1 undeletion 2026", "m1", "undeletion", 0, None),
            ("m2", "m2", "message", 2, "29:ada"),
            ("m3", "m3", "message", 0, None),
        ]
        assert rows_of(old_url, "SELECT user_id, user_name, asked_by FROM feedback") == [("bob", "Bob", "Ada")]
        assert rows_of(old_url, "SELECT user_id, question_id, tokens FROM usage ORDER BY id") == [
            ("ada", "m1 2.0", 7),
            ("ada", "m2 4.2", 8),
        ]

    def test_keeps_turns_that_wait(self, old_url: str):
        upgrade(old_url)

        waiting = "SELECT id FROM turns WHERE finished_at IS NULL AND activity IS NOT NULL ORDER BY id"
        assert rows_of(old_url, waiting) == [(4,), (5,)]

    def test_leaves_tables_that_accept_new_rows(self, old_url: str):
        upgrade(old_url)

        engine = create_engine(old_url)
        with engine.begin() as connection:
            row = {"user_id": "bob", "question_id": "m3 5.0", "at": NOON, "tokens": 9}
            connection.execute(insert(UsageRecord), row)
        engine.dispose()
        assert rows_of(old_url, "SELECT id FROM usage ORDER BY id") == [(1,), (2,), (3,)]

    def test_makes_the_tables_that_the_code_expects(self, old_url: str):
        upgrade(old_url)

        engine = create_engine(old_url)
        with engine.connect() as connection:
            assert differences(connection) == []
        engine.dispose()

    def test_can_be_undone(self, old_url: str):
        kinds = rows_of(old_url, "SELECT id, activity_id, kind, changes FROM turns ORDER BY id")
        usage = rows_of(old_url, "SELECT person_id, question_id, tokens FROM spendings ORDER BY id")
        engine = create_engine(old_url)
        with engine.begin() as connection:
            migrate(connection, "0007")
        with engine.begin() as connection:
            migrate(connection, "0006", command.downgrade)
        engine.dispose()

        assert rows_of(old_url, "SELECT id, activity_id, kind, changes FROM turns ORDER BY id") == kinds
        assert rows_of(old_url, "SELECT person_id, question_id, tokens FROM spendings ORDER BY id") == usage
        assert rows_of(old_url, "SELECT person_id, person_name FROM feedback") == [("bob", "Bob")]


class TestSQLite:
    async def test_is_upgraded_when_it_is_opened(self, tmp_path: Path):
        make_old_database(url := f"sqlite:///{tmp_path / 'parley.db'}")

        async with open_database(url) as database:
            await check_database(database)

        assert rows_of(url, "SELECT id, tokens, input_tokens FROM exchanges") == [(1, 10, None)]


@pytest.mark.real_time
class TestPostgreSQL:
    async def test_of_an_older_version_is_not_used_until_upgraded(self, postgres: PostgresServer):
        with postgres.database() as name:
            make_old_database(url := postgres.url(name))
            with pytest.raises(UnusableDatabaseError, match="run 'parley db upgrade'"):
                async with open_database(url):
                    pass

            upgrade(url)

            async with open_database(url) as database:
                await check_database(database)


def test_a_new_database_has_the_tables_that_the_code_expects(database_url: str):
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


def test_times_come_back_in_utc(database_url: str):
    engine = create_engine(database_url)
    row = {"user_id": "bob", "question_id": "q", "at": NOON.astimezone(timezone(timedelta(hours=9))), "tokens": 9}
    with engine.begin() as connection:
        connection.execute(insert(UsageRecord), row)
        at = connection.execute(select(UsageRecord.at)).scalar_one()
        with pytest.raises(StatementError, match="no time zone"):
            connection.execute(insert(UsageRecord), row | {"at": NOON.replace(tzinfo=None)})
    engine.dispose()

    assert (at, at.tzinfo) == (NOON, UTC)
