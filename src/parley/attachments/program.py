"""A program that is run for its output, and ended when nobody waits for it any more."""

import asyncio
import subprocess
from threading import Lock


async def run(command: list[str], *, data: bytes, env: dict[str, str], seconds: float) -> tuple[int, bytes]:
    """Run a program; when the caller is cancelled, or so many seconds have passed, it is killed.

    A thread waits for it: of the event loops of Windows the one that psycopg needs knows no programs.

    Returns:
        its return code, below zero for the signal that has ended it, and what it has printed.

    Raises:
        subprocess.TimeoutExpired: it took too long.
        OSError: it could not be started.
    """
    program = _Program()
    try:
        return await asyncio.to_thread(program.run, command, data, env, seconds)
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
