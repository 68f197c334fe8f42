"""The measured bots, each in its own process."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from doubles.machine import free_port

ROOT = Path(__file__).resolve().parents[2]

# Seconds until a bot must be ready, and between two attempts to reach it.
_START_TIMEOUT, _RETRY_INTERVAL = 60.0, 0.005

_TICKS = os.sysconf("SC_CLK_TCK")


class StartError(Exception):
    """A bot accepts no requests. The message contains its log."""


@dataclass(frozen=True)
class Contender:
    """A bot that can be started."""

    name: str
    command: tuple[str, ...]


PARLEY = Contender("Parley", (sys.executable, "-m", "parley"))
RECIPE = Contender("recipe", (sys.executable, str(ROOT / "examples" / "minimal.py")))


@dataclass(frozen=True)
class RunningBot:
    """A bot that accepts messages."""

    name: str
    url: str
    pid: int
    ready_after: float
    """Seconds from its start to its first response."""

    def cpu_seconds(self) -> float:
        """Return the CPU time of all threads, kernel included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime, see proc_pid_stat(5)

    def resident_bytes(self) -> int:
        """Return the resident memory (RSS), shared pages included."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def running(contender: Contender, model_url: str) -> AsyncGenerator[RunningBot]:
    """Run a bot in a new directory until the block ends."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHON_DOTENV_DISABLED": "1",
        "PORT": str(port),
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "OPENAI_API_KEY": "key-of-the-bench",
        "OPENAI_MODEL": "scripted",
    }
    now = asyncio.get_running_loop().time
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile() as log:
        started_at = now()
        process = await asyncio.create_subprocess_exec(
            *contender.command, cwd=directory, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            try:
                async with asyncio.timeout(_START_TIMEOUT):
                    await _until_ready(url)
            except (TimeoutError, httpx.HTTPError) as error:
                log.seek(0)
                raise StartError(f"{contender.name} did not start: {error!r}\n{log.read().decode()}") from error
            yield RunningBot(contender.name, url, process.pid, now() - started_at)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _until_ready(url: str) -> None:
    """Wait until the bot accepts a typing indicator, because that has no answer."""
    user, bot = {"id": "29:user"}, {"id": "28:bot"}
    typing = {
        "type": "typing",
        "id": "typing",
        "channelId": "msteams",
        "serviceUrl": url,
        "from": user,
        "recipient": bot,
        "conversation": {"id": "typing", "conversationType": "personal"},
    }
    async with httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                response = await http.post(f"{url}/api/messages", json=typing)
            except httpx.ConnectError:
                await asyncio.sleep(_RETRY_INTERVAL)
            else:
                response.raise_for_status()
                return
