"""A real PostgreSQL server with its data in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from .machine import free_port

_ids = count(1)


def find_binaries() -> Path | None:
    """Return the folder of the newest server's programs. Debian leaves it out of the PATH."""
    on_path = shutil.which("postgres")
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = [*([Path(on_path)] if on_path else []), *of_debian]
    return found[-1].parent if found else None


class PostgresServer:
    """A server on the loopback that can stop and restart."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        # The server refuses to run as root; Debian's package creates this user.
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._port = free_port()
        self._run("initdb", "--username=parley", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://parley@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        settings = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",  # faster; the data need not survive a crash of the machine
        }
        options = " ".join(f"-c {name}={value or repr(value)}" for name, value in settings.items())
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder / 'log'}", f"--options={options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server and end all connections; `immediate` is a crash."""
        self._run("pg_ctl", "stop", "--wait", f"--mode={mode}")

    @contextmanager
    def away(self) -> Generator[None]:
        """Stop the server until the block ends."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def query(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement outside of a transaction. Return its rows."""
        conninfo = self.url(database).replace("+psycopg", "")
        with psycopg.connect(conninfo, autocommit=True, application_name="test") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template1") -> Generator[str]:
        """Create a copy of a database, and drop it when the block ends. Yields its name."""
        name = f"test_{next(_ids)}"
        self.query(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield name
        self.query(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, f"--pgdata={self._folder / 'data'}", *arguments],
            user=self._user,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )


@contextmanager
def running_postgres(binaries: Path) -> Generator[PostgresServer]:
    """Start a new server; stop and remove it when the block ends."""
    with tempfile.TemporaryDirectory(prefix="parley-postgres-") as folder:
        server = PostgresServer(binaries, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
