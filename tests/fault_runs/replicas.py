"""Bots in processes that can be killed."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from doubles.machine import clean_environment, free_port

from .verdict import Kill

# Seconds from the start of a bot until it must listen.
_START = 60.0

# Keeps the SDK from reading .env. The bot itself finds an empty one in its folder.
_WITHOUT_DOTENV = {"PYTHON_DOTENV_DISABLED": "1"}


class Replica:
    """A bot that can be killed and restarted. All its processes have the same port and the same log."""

    def __init__(self, number: int, directory: Path, settings: Mapping[str, str]) -> None:
        self._number = number
        self._directory = directory
        self._settings = settings
        self._port = free_port()
        self._starts = 0
        self._process: Process | None = None
        self.kills: dict[str, Kill] = {}
        """The kills by process name."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def name(self) -> str:
        """The name of the current process."""
        return f"replica-{self._number}-{self._starts}"

    async def start(self) -> None:
        """Start a process, with its name as API key for the model. Do not wait until it listens."""
        self._starts += 1
        with (self._directory / f"replica-{self._number}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "parley"),
                cwd=self._directory,
                env=clean_environment(
                    **_WITHOUT_DOTENV, **self._settings, PORT=str(self._port), OPENAI_API_KEY=self.name
                ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def listening(self) -> None:
        """Wait until the process listens.

        Raises:
            RuntimeError: it has exited.
            TimeoutError: it does not listen.
        """
        async with asyncio.timeout(_START):
            while True:
                self._running()
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """Kill the process, as `kill -9` does.

        Raises:
            RuntimeError: it had already exited.
        """
        process, now = self._running(), asyncio.get_running_loop().time
        began = now()
        process.kill()
        await process.wait()
        self.kills[self.name] = Kill(began, now())

    async def stop(self) -> None:
        """Terminate the process, and wait for its end."""
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    def _running(self) -> Process:
        assert self._process
        if self._process.returncode is not None:
            raise RuntimeError(f"{self.name} has exited: see the log in {self._directory}")
        return self._process


@asynccontextmanager
async def open_replicas(count: int, directory: Path, settings: Mapping[str, str]) -> AsyncGenerator[list[Replica]]:
    """Run bots with their files in `directory` until the block ends. Begin the block when all listen."""
    (directory / ".env").touch()
    replicas = [Replica(number, directory, settings) for number in range(1, count + 1)]
    try:
        for replica in replicas:
            await replica.start()
        for replica in replicas:
            await replica.listening()
        yield replicas
    finally:
        await asyncio.gather(*(replica.stop() for replica in replicas))


async def upgrade_database(directory: Path, settings: Mapping[str, str]) -> None:
    """Create the schema for bots with these settings.

    Raises:
        RuntimeError: the command failed.
    """
    (directory / ".env").touch()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "parley", "db", "upgrade"),
        cwd=directory,
        env=clean_environment(**_WITHOUT_DOTENV, **settings),
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait():
        raise RuntimeError("The database cannot be prepared")
