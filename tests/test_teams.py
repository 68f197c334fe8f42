"""The token of the bot for requests to Teams."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.entra import Entra
from doubles.key_server import APP_ID, KeyServer, token_for
from doubles.server import serving


@pytest.fixture
async def guarded(
    environment: dict[str, str], connector: Connector, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bot]:
    """A bot whose credentials are also in the environment of the process, where the SDK would find them."""
    key_server = KeyServer()
    async with serving(key_server.app) as key_server.url:
        del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
        credentials = {"CLIENT_ID": APP_ID, "CLIENT_SECRET": "secret-of-the-tests", "TENANT_ID": "tenant"}
        for name, value in credentials.items():
            monkeypatch.setenv(name, value)
        environment |= credentials | {
            "OPENID_METADATA_URL": key_server.metadata_url,
            "LOGIN_ENDPOINT": f"{entra.url}/",
            "ALLOWED_SERVICE_HOSTS": "127.0.0.1",
        }
        async with run_bot(environment, connector) as bot:
            yield bot


async def test_a_token_is_fetched_once_and_sent_with_every_request(guarded: Bot, connector: Connector, entra: Entra):
    for _ in range(2):
        response = await guarded.post(guarded.personal().message("Hi"), token=token_for(guarded))
        assert response.status_code == 200

    assert len(connector.messages) == 2
    assert {sent.authorization for sent in connector.sent} == {f"Bearer {entra.token}"}
    [request] = entra.requests
    assert (request["tenant"], request["client_id"]) == ("tenant", APP_ID)
    assert request["scope"] == "https://api.botframework.com/.default"


async def test_a_secret_that_entra_refuses_is_logged(
    guarded: Bot, connector: Connector, entra: Entra, caplog: pytest.LogCaptureFixture
):
    entra.secret = "another"
    await guarded.post(guarded.personal().message("Hi"), token=token_for(guarded))

    assert not connector.sent
    assert "AADSTS7000215" in caplog.text


async def test_a_token_is_fetched_once_for_parallel_requests(guarded: Bot, connector: Connector, entra: Entra):
    messages = [guarded.personal(f"personal-{number}").message("Hi") for number in range(5)]
    await asyncio.gather(*(guarded.post(message, token=token_for(guarded)) for message in messages))

    assert len(connector.messages) == 5
    assert len(entra.requests) == 1


@pytest.mark.usefixtures("guarded")
async def test_the_secret_does_not_stay_in_the_environment():
    assert "CLIENT_SECRET" not in os.environ
