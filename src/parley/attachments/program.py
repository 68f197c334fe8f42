"""A program that is run for its output, and ended when nobody waits for it any more."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor
from threading import Lock


class Programs:
    """Runs programs, a few at a time; the next ones wait.

    Threads wait for them: of the event loops of Windows the one that psycopg needs knows no programs. They are threads
    of its own, so that those in which names are looked up are always free.
    """

    def __init__(self, max_concurrent: int) -> None:
        self._room = asyncio.Semaphore(max_concurrent)
        self._threads = ThreadPoolExecutor(max_concurrent, thread_name_prefix="program")

    async def run(self, command: list[str], *, data: bytes, env: dict[str, str], seconds: float) -> tuple[int, bytes]:
        """Run a program; when the caller is cancelled, or so many seconds have passed, it is killed.

        Returns:
            its return code, below zero for the signal that has ended it, and what it has printed.

        Raises:
            subprocess.TimeoutExpired: it took too long.
            OSError: it could not be started.
        """
        async with self._room:
            program = _Program()
            run = asyncio.get_running_loop().run_in_executor(self._threads, program.run, command, data, env, seconds)
            try:
                return await run
            except asyncio.CancelledError:
                program.kill()
                raise


class _Program:
    """May be killed from another thread at any time, also before it has begun."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_unwanted = False

    def run(self, command: list[str], data: bytes, env: dict[str, str], seconds: float) -> tuple[int, bytes]:
        with self._lock:
            if self._is_unwanted:
                return 0, b""
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=env,
                start_new_session=True,  # Ctrl-C is meant for the bot alone
            )
        with self._process as process:
            try:
                printed, _ = process.communicate(data, seconds)
            except BaseException:
                process.kill()
                raise
        return process.returncode, printed

    def kill(self) -> None:
        with self._lock:
            self._is_unwanted = True
            if self._process:
                self._process.kill()
