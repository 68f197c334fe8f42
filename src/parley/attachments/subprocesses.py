"""Programs that run for their output, and are killed when nobody waits for them."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from ..fair_semaphore import FairSemaphore


class Programs:
    """Runs programs, a few at a time, one for each user.

    Each runs in a thread, because the event loop that psycopg needs on Windows cannot start programs. The threads are
    not those of the event loop, which resolve host names, too.
    """

    def __init__(self, max_concurrent: int) -> None:
        self._places = FairSemaphore(max_concurrent, 1)
        self._threads = ThreadPoolExecutor(max_concurrent, thread_name_prefix="program")

    async def run(
        self, command: list[str], *, user_id: str, data: bytes, env: dict[str, str], seconds: float
    ) -> tuple[int, bytes]:
        """Run a program for a user. It is killed when the caller is cancelled, or after so many seconds.

        Returns:
            its exit code, negative for the signal that ended it, and its output.

        Raises:
            subprocess.TimeoutExpired: it took too long.
            OSError: it could not be started.
        """
        async with self._places.slot(user_id):
            program = _Program()
            run = asyncio.get_running_loop().run_in_executor(self._threads, program.run, command, data, env, seconds)
            try:
                return await run
            except asyncio.CancelledError:
                program.kill()
                raise


class _Program:
    """A program that another thread may kill at any time, also before it starts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False

    def run(self, command: list[str], data: bytes, env: dict[str, str], seconds: float) -> tuple[int, bytes]:
        with self._lock:
            if self._is_killed:
                return 0, b""
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=env,
                start_new_session=True,  # Ctrl-C is for the bot alone
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
            self._is_killed = True
            if self._process:
                self._process.kill()
