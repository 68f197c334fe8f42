"""Upgrades the schema, or compares it with the one that this version needs."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import DDL, Column, Connection, Engine, MetaData, String, Table, func, insert, inspect, select

from ..operator_errors import OperatorError

# The applied migrations of procrastinate. It ships them as SQL files, and leaves it to the application to record them.
_QUEUE_MIGRATIONS = Table("queue_migrations", MetaData(), Column("name", String, primary_key=True))

# procrastinate finds the next job by comparing each waiting job with the others of its lock, but has no index for that.
# With 10,000 waiting jobs in 500 conversations, this one makes it 20 ms instead of 170 ms.
_LOCK_INDEX = DDL(
    "CREATE INDEX IF NOT EXISTS ix_procrastinate_jobs_lock ON procrastinate_jobs (lock)"
    " WHERE status IN ('todo', 'doing')"
)

# The number of an advisory lock; nothing else in the same database may use it.
_UPGRADE_LOCK = 7_275_395_390


class UnusableDatabaseError(OperatorError):
    """The database cannot be used; the text says why."""

    @property
    def line(self) -> str:
        return f"the database at DATABASE_URL cannot be used: {self}"


def upgrade_schema(engine: Engine) -> None:
    """Apply the missing migrations: Parley's own and, on PostgreSQL, those of the job queue.

    On PostgreSQL, processes that upgrade at the same time wait for each other.

    Raises:
        UnusableDatabaseError: the schema is of a newer version.
        sqlalchemy.exc.SQLAlchemyError: a migration failed; those before it stay applied.
    """
    with engine.connect() as connection:
        if _has_queue(connection):
            connection.execute(select(func.pg_advisory_lock(_UPGRADE_LOCK)))  # until the connection is closed
            connection.commit()
        with connection.begin():
            if _outstanding(connection):  # Alembic is slow even if there is nothing to do
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        if _has_queue(connection):
            _upgrade_queue(connection)


def check_schema(connection: Connection) -> None:
    """Check that the schema is of this version.

    Raises:
        UnusableDatabaseError: it is missing, older or newer.
        sqlalchemy.exc.SQLAlchemyError: it cannot be read.
    """
    if not is_current(connection):
        raise UnusableDatabaseError("it is not prepared for this version of Parley; run 'parley db upgrade'")


def is_current(connection: Connection) -> bool:
    """True if the schema is of this version; False if it is missing or older.

    Raises:
        UnusableDatabaseError: it is newer.
        sqlalchemy.exc.SQLAlchemyError: it cannot be read.
    """
    return not _outstanding(connection)


def _outstanding(connection: Connection) -> set[str]:
    """Return the missing migrations.

    Raises:
        UnusableDatabaseError: the schema has migrations that this version does not know.
    """
    applied = set(MigrationContext.configure(connection).get_current_heads())
    known = {script.revision for script in _scripts().walk_revisions()}
    needed = set(_scripts().get_heads())
    if _has_queue(connection):
        files = {file.name for file in _queue_files()}
        known, needed = known | files, needed | files
        if inspect(connection).has_table(_QUEUE_MIGRATIONS.name):
            applied.update(connection.scalars(select(_QUEUE_MIGRATIONS.c.name)))
    if applied - known:
        raise UnusableDatabaseError("its schema is not of this version of Parley, but of a newer one")
    return needed - applied


def _upgrade_queue(connection: Connection) -> None:
    """Apply the migrations of procrastinate, each in its own transaction: PostgreSQL cannot use a new value of an
    enumeration before it is committed."""
    with connection.begin():
        _QUEUE_MIGRATIONS.metadata.create_all(connection)
        outstanding = _outstanding(connection)
    for file in _queue_files():
        if file.name in outstanding:
            with connection.begin():
                # Without parameters, a file may contain many statements, and a % needs no escape.
                sql = file.read_text(encoding="utf-8")
                connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
                connection.execute(insert(_QUEUE_MIGRATIONS).values(name=file.name))
    with connection.begin():
        connection.execute(_LOCK_INDEX)


def _has_queue(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _queue_files() -> list[Path]:
    """Return the migrations of procrastinate in their order, see
    https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html."""
    from procrastinate.schema import SchemaManager  # an extra that SQLite does not need

    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "parley.storage:migrations")
    config.set_main_option("path_separator", "os")
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
