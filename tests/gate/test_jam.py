"""A flood of forged requests does not delay those of Teams."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from doubles.bot import Bot, joining
from doubles.key_server import KeyServer, token_for


@pytest.fixture
async def jammed(guarded: Bot, key_server: KeyServer) -> Bot:
    """A bot that has its keys and may fetch them again, while the key server hangs."""
    assert (await guarded.post(joining(guarded), token=token_for(guarded))).status_code == 200
    key_server.hang()
    await asyncio.sleep(61)
    return guarded


@pytest.fixture
async def strangers(jammed: Bot) -> AsyncIterator[Bot]:
    """The same bot, with a new connection for each forged request."""
    async with httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None)) as http:
        yield replace(jammed, http=http)


@pytest.mark.slow
@pytest.mark.parametrize(("forged_key", "expected"), [("made up", 503), ("1", 401)], ids=["unknown key", "known key"])
async def test_a_flood_of_strangers_does_not_delay_teams(
    jammed: Bot, strangers: Bot, key_server: KeyServer, forged_key: str, expected: int
):
    loop, activity = asyncio.get_running_loop(), joining(jammed)
    forged, genuine = token_for(jammed, forged_key, signed_by="a stranger"), token_for(jammed)

    async def send_forged(number: int) -> int:
        await asyncio.sleep(number / 200)
        return (await strangers.post(activity, token=forged)).status_code

    flood = [asyncio.create_task(send_forged(number)) for number in range(2 * 200)]
    for _ in range(20):
        started = loop.time()
        assert (await jammed.post(activity, token=genuine)).status_code == 200
        assert (await jammed.http.get(f"{jammed.url}/healthz")).status_code == 200
        assert loop.time() - started < 0.1
        await asyncio.sleep(0.1)

    assert set(await asyncio.gather(*flood)) == {expected}
    assert len(key_server.requested_at) <= 2


@pytest.mark.slow
async def test_a_limited_number_of_requests_waits_for_the_keys(jammed: Bot, strangers: Bot):
    loop, activity = asyncio.get_running_loop(), joining(jammed)
    forged = token_for(jammed, "made up", signed_by="a stranger")

    async def send_forged() -> float:
        started = loop.time()
        assert (await strangers.post(activity, token=forged)).status_code == 503
        return loop.time() - started

    waited = await asyncio.gather(*(send_forged() for _ in range(150)))

    assert sum(seconds > 1 for seconds in waited) == 100
    assert max(waited) < 6
