"""The keys of Teams' tokens: when they are fetched, how long they are valid, and failures."""

import asyncio
from typing import Any

import httpx
import pytest

from doubles.bot import Bot, joining, run_bot
from doubles.connector import Connector
from doubles.key_server import KeyServer, token_for
from parley.gate.signing_keys import KeysUnavailableError, SigningKeys

HOUR = 3600.0


async def status(bot: Bot, key_id: str = "1", **claims: Any) -> int:
    return (await bot.post(joining(bot), token=token_for(bot, key_id, **claims))).status_code


async def test_keys_are_fetched_once_for_any_number_of_tokens(guarded: Bot, key_server: KeyServer):
    assert [await status(guarded) for _ in range(20)] == [200] * 20
    assert len(key_server.requested_at) == 1


async def test_keys_are_fetched_every_hour_even_without_requests(guarded: Bot, key_server: KeyServer):
    await asyncio.sleep(3.5 * HOUR)

    assert [round(at / HOUR, 1) for at in key_server.requested_at] == [0, 1, 2, 3]


async def test_a_new_key_is_found_at_its_first_use(guarded: Bot, key_server: KeyServer):
    await asyncio.sleep(0.5 * HOUR)
    key_server.publish("new")

    assert await status(guarded, "new") == 200


async def test_a_withdrawn_key_is_valid_for_an_hour_at_most(guarded: Bot, key_server: KeyServer):
    key_server.publish("new")
    del key_server.published["1"]
    await asyncio.sleep(1.1 * HOUR)

    assert await status(guarded) == 401


@pytest.mark.slow
async def test_strangers_cause_at_most_one_fetch_a_minute(guarded: Bot, key_server: KeyServer):
    for number in range(300):
        assert await status(guarded, f"made up {number}", signed_by="a stranger") in (401, 503)
        await asyncio.sleep(1)

    gaps = [
        later - earlier for earlier, later in zip(key_server.requested_at, key_server.requested_at[1:], strict=False)
    ]
    assert len(gaps) == 4 and min(gaps) >= 60


async def test_a_token_with_wrong_claims_causes_no_fetch(guarded: Bot, key_server: KeyServer):
    await asyncio.sleep(120)
    before = len(key_server.requested_at)
    for claims in ({"iss": "https://sts.windows.net/t/", "tid": "t"}, {"aud": "another-app"}, {"exp": 1}):
        assert await status(guarded, "made up", **claims) == 401

    assert len(key_server.requested_at) == before


@pytest.mark.slow
async def test_keys_stay_valid_for_a_day_while_the_server_is_down(guarded: Bot, key_server: KeyServer):
    assert await status(guarded) == 200
    key_server.status = 500

    await asyncio.sleep(23.5 * HOUR)
    assert await status(guarded) == 200
    await asyncio.sleep(HOUR)
    assert await status(guarded) == 503
    key_server.status = 200
    await asyncio.sleep(61)
    assert await status(guarded) == 200


async def test_a_bot_without_keys_starts_and_returns_503(
    guarded_environment: dict[str, str], connector: Connector, key_server: KeyServer
):
    key_server.hang()
    async with run_bot(guarded_environment, connector) as bot:
        loop = asyncio.get_running_loop()
        started = loop.time()

        assert await status(bot) == 503
        assert loop.time() - started <= 6
        key_server.may_respond.set()
        await asyncio.sleep(61)
        assert await status(bot) == 200


async def test_a_key_that_cannot_be_fetched_gets_503_not_401(guarded: Bot, key_server: KeyServer):
    assert await status(guarded) == 200
    key_server.publish("new")
    key_server.status = 500
    await asyncio.sleep(61)

    assert await status(guarded, "new") == 503
    assert await status(guarded) == 200


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"issuer": "x"}, id="no address"),
        pytest.param({"jwks_uri": 1}, id="a senseless address"),
        pytest.param({"jwks_uri": "ftp://127.0.0.1/keys"}, id="another protocol"),
        pytest.param({"jwks_uri": "http://127.0.0.1:9/keys"}, id="nobody there"),
    ],
)
async def test_a_malformed_document_gives_no_key(
    guarded_environment: dict[str, str], connector: Connector, key_server: KeyServer, answer: dict[str, Any]
):
    key_server.answer = answer
    async with run_bot(guarded_environment, connector) as bot:
        assert await status(bot) == 503


@pytest.mark.parametrize(
    "unusable",
    [
        *(None, "x", 17, [], {}),
        {"kty": "RSA", "kid": "unusable"},
        {"kty": "oct", "k": "AA", "kid": "unusable"},
        {"kid": ["unusable"]},
        {"kid": ""},
        {"endorsements": 5},
        {"endorsements": [{}]},
        {"use": "enc"},
        {"alg": "RS512"},
        {"n": 17},
    ],
    ids=repr,
)
async def test_an_unusable_key_is_ignored(guarded: Bot, key_server: KeyServer, unusable: Any):
    key_server.publish("unusable")
    if isinstance(unusable, dict) and "kty" not in unusable and unusable:
        unusable = key_server.published["unusable"] | unusable
    key_server.published["unusable"] = unusable
    key_server.publish("new")
    await asyncio.sleep(61)

    assert await status(guarded, "new") == 200
    await asyncio.sleep(61)
    assert await status(guarded, "unusable") == 401


async def test_a_key_newer_than_the_list_gets_503_not_401(guarded: Bot, key_server: KeyServer):
    await asyncio.sleep(61)
    assert await status(guarded, "made up", signed_by="a stranger") == 401
    key_server.publish("new")
    await asyncio.sleep(1)

    assert await status(guarded, "new") == 503
    await asyncio.sleep(60)
    assert await status(guarded, "new") == 200


async def test_an_https_document_cannot_point_to_an_http_one():
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json={"jwks_uri": "http://keys.example/keys"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        keys = SigningKeys(http, "https://login.example/metadata")
        task = asyncio.create_task(keys.keep_fresh())
        with pytest.raises(KeysUnavailableError):
            await keys.find("1")
        task.cancel()

    assert [url.host for url in asked] == ["login.example"]
