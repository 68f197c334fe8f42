"""Who may talk to the bot: tokens, with keys of the tests' own."""

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from microsoft_teams.api import ClientCredentials, FederatedIdentityCredentials
from microsoft_teams.api.auth.cloud_environment import PUBLIC
from microsoft_teams.apps import App

from doubles.bot import Bot, run_bot
from doubles.connector import Connector

APP_ID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def stranger() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def key_server(key: RSAPrivateKey) -> Iterator[str]:
    """Publishes the public key as the Bot Framework does. It has a thread of its own, because the SDK fetches the keys
    synchronously, inside the bot's event loop."""
    published = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "1", "use": "sig"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [published]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/.well-known/openidconfiguration"
        server.shutdown()


@pytest.fixture
async def guarded(environment: dict[str, str], connector: Connector, key_server: str) -> AsyncIterator[Bot]:
    """A bot with Teams credentials."""
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
    credentials = {"CLIENT_ID": APP_ID, "CLIENT_SECRET": "secret", "TENANT_ID": "tenant"}
    cloud = replace(PUBLIC, openid_metadata_url=key_server)
    async with run_bot(environment | credentials, connector, cloud=cloud) as bot:
        yield bot


def token(key: RSAPrivateKey, connector: Connector, **changed: Any) -> str:
    claims = {
        "iss": "https://api.botframework.com",
        "aud": APP_ID,
        "iat": int(time.time()) - 60,
        "exp": int(time.time()) + 3600,
        "serviceurl": connector.url,
    }
    return jwt.encode(claims | changed, key, algorithm="RS256", headers={"kid": "1"})


def joining(bot: Bot) -> dict[str, Any]:
    """An activity that the bot need not answer."""
    activity = bot.personal().message("")
    return activity | {"type": "conversationUpdate", "membersAdded": [{"id": "29:ada"}]}


async def test_a_valid_token_passes(guarded: Bot, connector: Connector, key: RSAPrivateKey):
    response = await guarded.post(joining(guarded), token=token(key, connector))

    assert response.status_code == 200


async def test_the_credentials_are_those_that_the_bot_signs_in_with(
    environment: dict[str, str], connector: Connector, monkeypatch: pytest.MonkeyPatch
):
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
    apps: list[App] = []
    initialize = App.initialize

    async def remember(app: App) -> None:
        apps.append(app)
        await initialize(app)

    monkeypatch.setattr(App, "initialize", remember)
    async with run_bot(environment | {"CLIENT_ID": APP_ID, "CLIENT_SECRET": "s", "TENANT_ID": "t"}, connector):
        pass
    async with run_bot(environment | {"CLIENT_ID": APP_ID, "MANAGED_IDENTITY_CLIENT_ID": "system"}, connector):
        pass

    with_secret, with_identity = (app.credentials for app in apps)
    assert with_secret == ClientCredentials(client_id=APP_ID, client_secret="s", tenant_id="t")
    assert isinstance(with_identity, FederatedIdentityCredentials)


async def test_no_token_is_refused(guarded: Bot):
    assert (await guarded.post(joining(guarded))).status_code == 401


async def test_a_malformed_token_is_refused(guarded: Bot):
    assert (await guarded.post(joining(guarded), token="no.such.token")).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": "another-app"}, id="another audience"),
        pytest.param({"iss": "https://issuer.example"}, id="another issuer"),
        pytest.param({"exp": int(time.time()) - 3600}, id="expired"),
        pytest.param({"serviceurl": "https://elsewhere.example"}, id="another service url"),
        pytest.param({"serviceurl": None}, id="no service url"),
    ],
)
async def test_a_token_for_something_else_is_refused(
    guarded: Bot, connector: Connector, key: RSAPrivateKey, changed: dict[str, Any]
):
    response = await guarded.post(joining(guarded), token=token(key, connector, **changed))

    assert response.status_code == 401


async def test_a_token_signed_by_a_stranger_is_refused(guarded: Bot, connector: Connector, stranger: RSAPrivateKey):
    assert (await guarded.post(joining(guarded), token=token(stranger, connector))).status_code == 401


async def test_a_token_without_a_signature_is_refused(guarded: Bot, connector: Connector):
    unsigned = jwt.encode({"iss": "https://api.botframework.com", "aud": APP_ID}, "", algorithm="none")

    assert (await guarded.post(joining(guarded), token=unsigned)).status_code == 401


async def test_a_refused_message_reaches_nobody(guarded: Bot, connector: Connector):
    response = await guarded.post(guarded.personal().message("Hi"))

    assert response.status_code == 401
    assert not connector.sent
