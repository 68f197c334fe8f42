"""A flood of forged requests does not delay those of Teams, in real time, because virtual time ignores CPU time."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from doubles.bot import Bot, joining
from doubles.connector import Connector
from doubles.key_server import APP_ID, KeyServer, token_for
from doubles.machine import clean_environment

pytestmark = [pytest.mark.process, pytest.mark.real_time]

# Forged requests per second, and the seconds of the flood.
RATE, DURATION = 200, 2

# The highest median of the response times in seconds, even on a busy machine. If the bot parsed the large bodies of
# forged requests, it would exceed the duration of the flood.
BOUND = 0.5


@pytest.fixture
def process(tmp_path: Path, port: int, key_server: KeyServer) -> Iterator[str]:
    """The address of a bot in another process."""
    settings = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "CLIENT_ID": APP_ID,
        "CLIENT_SECRET": "secret-of-the-tests",
        "TENANT_ID": "tenant",
        "OPENID_METADATA_URL": key_server.metadata_url,
        "ALLOWED_SERVICE_HOSTS": "127.0.0.1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "parley"],
        cwd=tmp_path,
        env=clean_environment(**settings),
        stderr=subprocess.DEVNULL,
    ) as bot:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            bot.kill()


@pytest.mark.parametrize("forgery", ["small", "with a large body"])
async def test_a_flood_of_strangers_does_not_delay_teams(
    process: str, key_server: KeyServer, connector: Connector, forgery: str
):
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=None)) as http:
        bot = Bot(process, connector, http)
        genuine = {"authorization": f"Bearer {token_for(bot)}"}
        forged = token_for(bot, signed_by="a stranger")
        body = json.dumps(joining(bot, value=[[]] * (200_000 if forgery == "with a large body" else 0))).encode()
        headers = {"authorization": f"Bearer {forged}", "content-type": "application/json"}

        async def ask() -> float:
            started = time.monotonic()
            assert (await http.get(f"{process}/healthz")).status_code == 200
            response = await http.post(f"{process}/api/messages", json=joining(bot), headers=genuine)
            assert response.status_code == 200
            return time.monotonic() - started

        async def send_forged(number: int) -> None:
            await asyncio.sleep(number / RATE)
            try:  # the bot may close the connection before it has received the body
                response = await http.post(f"{process}/api/messages", content=body, headers=headers)
            except httpx.TransportError:
                return
            assert response.status_code == 401

        async with asyncio.timeout(60):
            while True:
                try:
                    await ask()
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        key_server.hang()
        async with asyncio.TaskGroup() as strangers:
            for number in range(RATE * DURATION):
                strangers.create_task(send_forged(number))
            waited: list[float] = []
            for _ in range(15):
                waited.append(await ask())
                await asyncio.sleep(0.1)

    assert sorted(waited)[len(waited) // 2] < BOUND, waited
