"""The database is opened, checked, upgraded and protected."""

import asyncio
import logging
import shutil
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text
from sqlalchemy.exc import TimeoutError as DatabaseTimeoutError

from doubles.clock import VirtualTimeLoop
from doubles.disk import Disk
from doubles.postgres import PostgresServer
from parley.storage import Database, UnusableDatabaseError, check_database, exclusive_lock, open_database, upgrade


async def scalar(database: Database, statement: str) -> object:
    return await database.run(lambda connection: connection.scalar(text(statement)))


@pytest.mark.real_time
class TestDatabase:
    async def test_keeps_its_data_when_it_is_reopened(self, database_url: str):
        for _ in range(2):
            async with open_database(database_url) as database:
                assert await scalar(database, "SELECT count(*) FROM exchanges") == 0

    async def test_can_be_upgraded_repeatedly(self, database_url: str):
        upgrade(database_url)

        async with open_database(database_url) as database:
            await check_database(database)

    async def test_of_a_newer_version_is_noticed_while_open(self, database_url: str):
        async with open_database(database_url) as database:
            newer = text("UPDATE alembic_version SET version_num = '9999'")
            await database.run(lambda connection: connection.execute(newer))

            with pytest.raises(UnusableDatabaseError, match="not of this version of Parley, but of a newer one"):
                await check_database(database)


class TestSQLite:
    async def test_lets_readers_and_a_writer_work_in_parallel(self, tmp_path: Path):
        async with open_database(f"sqlite:///{tmp_path / 'parley.db'}") as database:
            pragmas = {
                name: await scalar(database, f"PRAGMA {name}")
                for name in ("journal_mode", "busy_timeout", "foreign_keys")
            }

        assert pragmas == {"journal_mode": "wal", "busy_timeout": 5000, "foreign_keys": 1}

    async def test_of_a_newer_version_is_closed_when_it_is_refused(self, disk: Disk):
        disk.execute("UPDATE alembic_version SET version_num = '9999'")

        with pytest.raises(UnusableDatabaseError, match="but of a newer one"):
            async with open_database(disk.url):
                pass

        assert list(disk.files()) == [disk.path.name]  # SQLite deletes the others with its last connection

    async def test_refuses_a_file_that_is_not_a_database(self, tmp_path: Path):
        (tmp_path / "parley.db").write_text("This is a letter to a friend, and longer than a header of SQLite." * 20)

        with pytest.raises(UnusableDatabaseError, match="file is not a database"):
            async with open_database(f"sqlite:///{tmp_path / 'parley.db'}"):
                pass

    async def test_rejects_a_transaction_that_has_waited_too_long(self, disk: Disk):
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        begun, may_end = threading.Event(), threading.Event()

        def work(_: Connection) -> bool:
            begun.set()
            return may_end.wait()

        async with open_database(disk.url) as database:
            running = asyncio.create_task(database.run(work))
            waiting = asyncio.create_task(database.run(lambda _: None))
            await asyncio.to_thread(begun.wait)
            loop.jump(3.1)
            may_end.set()

            with pytest.raises(DatabaseTimeoutError, match="busy for too long"):
                await waiting
            assert await running
            await database.run(lambda _: None)


@pytest.fixture
def empty(postgres: PostgresServer) -> Iterator[str]:
    """The name of an empty PostgreSQL database."""
    with postgres.database() as name:
        yield name


def queue_of(postgres: PostgresServer, name: str) -> list[object]:
    """The schema of procrastinate: its columns, indexes, functions, triggers and values of enumerations."""
    return [
        postgres.query(statement, name)
        for statement in (
            "SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns"
            " WHERE table_name LIKE 'procrastinate%' ORDER BY 1, 2",
            "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'procrastinate%'"
            " AND indexname <> 'ix_procrastinate_jobs_lock' ORDER BY 1",
            "SELECT proname, pg_get_function_arguments(oid) FROM pg_proc"
            " WHERE proname LIKE 'procrastinate%' ORDER BY 1, 2",
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE 'procrastinate%' ORDER BY 1",
            "SELECT typname, enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid ORDER BY 1, 2",
        )
    ]


NOT_PREPARED = "^it is not prepared for this version of Parley; run 'parley db upgrade'$"


@pytest.mark.real_time
class TestPostgreSQL:
    async def test_is_upgraded_only_on_request(self, postgres: PostgresServer, empty: str):
        with pytest.raises(UnusableDatabaseError, match=NOT_PREPARED):
            async with open_database(postgres.url(empty)):
                pass

        assert postgres.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", empty) == []

    async def test_gets_the_migrations_of_a_later_queue_version(
        self, postgres: PostgresServer, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        shutil.copytree(
            SchemaManager.get_migrations_path(), tmp_path / "queue", ignore=shutil.ignore_patterns("03.0[2-9].*")
        )
        with monkeypatch.context() as patch:
            patch.setattr(SchemaManager, "get_migrations_path", lambda: str(tmp_path / "queue"))
            upgrade(postgres.url(empty))
        with pytest.raises(UnusableDatabaseError, match=NOT_PREPARED):
            async with open_database(postgres.url(empty)):
                pass

        upgrade(postgres.url(empty))

        assert queue_of(postgres, empty) == queue_of(postgres, "prepared")

    def test_has_the_same_queue_schema_as_its_authors_ship(self, postgres: PostgresServer, empty: str):
        postgres.query(SchemaManager.get_schema(), empty)

        assert queue_of(postgres, "prepared") == queue_of(postgres, empty)

    def test_finds_the_jobs_of_a_lock_by_an_index(self, postgres: PostgresServer, prepared: str):
        many = "INSERT INTO procrastinate_jobs (queue_name, task_name, lock) SELECT 'q', 't', n FROM generate_series"
        postgres.query(f"{many} (1, 1000) n", prepared)
        postgres.query("ANALYZE procrastinate_jobs", prepared)

        plan = postgres.query("EXPLAIN SELECT 1 FROM procrastinate_jobs WHERE lock = '7' AND status = 'todo'", prepared)

        assert "ix_procrastinate_jobs_lock" in str(plan)

    def test_counts_the_turns_of_a_user_by_an_index(self, postgres: PostgresServer, prepared: str):
        columns = "conversation_id, activity_id, user_id, attempts, stops, sent_ids, accepted_at"
        many = f"INSERT INTO turns ({columns}) SELECT n, n, n, 0, 0, '[]', now() FROM generate_series (1, 1000) n"
        postgres.query(many, prepared)
        postgres.query("ANALYZE turns", prepared)

        count = "SELECT count(*) FROM turns WHERE user_id = '7' AND finished_at IS NULL"
        plan = postgres.query(f"EXPLAIN {count}", prepared)

        assert "ix_turns_unfinished_user" in str(plan)

    async def test_of_a_newer_version_is_refused_by_an_upgrade_too(self, postgres: PostgresServer, prepared: str):
        postgres.query("INSERT INTO queue_migrations VALUES ('99.00.00_01_pre_future.sql')", prepared)

        with pytest.raises(UnusableDatabaseError, match="but of a newer one"):
            async with open_database(postgres.url(prepared)):
                pass
        with pytest.raises(UnusableDatabaseError, match="but of a newer one"):
            upgrade(postgres.url(prepared))

    def test_is_upgraded_once_by_several_replicas_at_once(self, postgres: PostgresServer, empty: str):
        with ThreadPoolExecutor(4) as replicas:
            list(replicas.map(upgrade, [postgres.url(empty)] * 4))

        assert postgres.query("SELECT count(*) FROM alembic_version", empty) == [(1,)]

    async def test_has_a_limited_number_of_connections(self, postgres: PostgresServer, prepared: str):
        def count(connection: Connection) -> int:
            together.wait(timeout=10)
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            return connection.scalar(text(f"{query} AND application_name = 'parley'")) or 0

        together = threading.Barrier(2)
        async with open_database(postgres.url(prepared), connections=5) as database:
            assert await asyncio.gather(*(database.run(count) for _ in range(6))) == [2] * 6

    async def test_is_used_again_after_an_outage(self, postgres: PostgresServer, prepared: str):
        async with open_database(postgres.url(prepared)) as database:
            with postgres.away(), pytest.raises(UnusableDatabaseError, match=r"refused|closed"):
                await check_database(database)

            await check_database(database)

    async def test_cancels_a_statement_before_teams_times_out(self, postgres: PostgresServer, prepared: str):
        async with open_database(postgres.url(prepared)) as database:
            assert await scalar(database, "SHOW statement_timeout") == "8s"

    async def test_receives_the_parameters_of_the_url(self, postgres: PostgresServer, prepared: str):
        url = f"{postgres.url(prepared)}?application_name=bot&connect_timeout=9"
        async with open_database(url) as database:
            assert await scalar(database, "SHOW application_name") == "bot"

    async def test_without_its_packages_names_what_to_install(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "psycopg", None)

        with pytest.raises(UnusableDatabaseError, match=r"pip install 'parley\[postgres\]'"):
            async with open_database("postgresql+psycopg://localhost/parley"):
                pass

    async def test_that_refuses_does_not_reveal_its_password(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.DEBUG)

        with pytest.raises(UnusableDatabaseError) as caught:
            async with open_database("postgresql+psycopg://parley:open-sesame@127.0.0.1:1/parley"):
                pass

        assert "refused" in str(caught.value) and "\n" not in str(caught.value)
        assert "open-sesame" not in str(caught.value) + caplog.text


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
class TestPermissions:
    @pytest.mark.parametrize("exists", [False, True])
    async def test_nobody_else_can_read_the_files_of_sqlite(self, tmp_path: Path, exists: bool):
        path = tmp_path / "parley.db"
        url = f"sqlite:///{path}"
        if exists:
            async with open_database(url):
                pass
            path.chmod(0o644)
        with exclusive_lock(url):
            async with open_database(url) as database:
                await scalar(database, "SELECT count(*) FROM exchanges")
                modes = modes_in(tmp_path)

        assert modes.keys() >= {"parley.db", "parley.db-wal", "parley.db-shm", "parley.db.lock"}
        assert set(modes.values()) == {0o600}
