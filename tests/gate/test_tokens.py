"""The tokens of requests, signed with keys of the tests."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from microsoft_teams.api import ClientCredentials, FederatedIdentityCredentials
from microsoft_teams.apps import App

from doubles.bot import Bot, joining, run_bot
from doubles.connector import Connector
from doubles.key_server import APP_ID, ISSUER, KeyServer, private_key, token_for


@pytest.mark.parametrize("audience", [APP_ID, f"api://{APP_ID}", f"api://botid-{APP_ID}"])
async def test_a_valid_token_passes(guarded: Bot, audience: str):
    response = await guarded.post(joining(guarded), token=token_for(guarded, aud=audience))

    assert response.status_code == 200, response.text


async def test_a_trailing_slash_of_the_service_url_is_ignored(guarded: Bot):
    response = await guarded.post(joining(guarded), token=token_for(guarded, serviceurl=f"{guarded.connector.url}/"))

    assert response.status_code == 200


async def test_a_clock_may_be_five_minutes_slow(guarded: Bot):
    response = await guarded.post(joining(guarded), token=token_for(guarded, exp=int(time.time()) - 200))

    assert response.status_code == 200


async def test_the_app_has_the_credentials_of_the_settings(
    guarded_environment: dict[str, str], connector: Connector, monkeypatch: pytest.MonkeyPatch
):
    apps: list[App] = []
    initialize = App.initialize

    async def remember(app: App) -> None:
        apps.append(app)
        await initialize(app)

    monkeypatch.setattr(App, "initialize", remember)
    async with run_bot(guarded_environment, connector):
        pass
    with_identity = {"CLIENT_SECRET": "", "TENANT_ID": "", "MANAGED_IDENTITY_CLIENT_ID": "system"}
    async with run_bot(guarded_environment | with_identity, connector):
        pass

    secret, identity = (app.credentials for app in apps)
    assert secret == ClientCredentials(client_id=APP_ID, client_secret="secret-of-the-tests", tenant_id="tenant")
    assert isinstance(identity, FederatedIdentityCredentials)


async def test_a_request_without_a_token_is_refused(guarded: Bot):
    response = await guarded.post(joining(guarded))

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("text", ["no.such.token", "x", "a.b", "a.b.c.d", "..", f"{'[' * 4000}.{'[' * 4000}."])
async def test_a_malformed_token_is_refused(guarded: Bot, text: str):
    response = await guarded.post(joining(guarded), token=text)

    assert response.status_code == 401
    assert response.json() == {"error": "the token is malformed"}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic {}", "{}", "Digest {}"],
    ids=["empty", "bare", "basic", "no scheme", "digest"],
)
async def test_a_token_in_another_scheme_is_refused(guarded: Bot, header: str):
    response = await guarded.http.post(
        f"{guarded.url}/api/messages",
        json=joining(guarded),
        headers={"authorization": header.format(token_for(guarded))},
    )

    assert response.status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": "another-app"}, id="another audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"iss": "https://issuer.example"}, id="another issuer"),
        pytest.param(
            {"iss": "https://login.microsoftonline.com/tenant/v2.0", "tid": "tenant"}, id="issued by Entra ID"
        ),
        pytest.param({"iss": "https://sts.windows.net/tenant/", "tid": "tenant"}, id="of Entra ID, version 1"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"exp": int(time.time()) - 3600}, id="expired"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"exp": "soon"}, id="a senseless end"),
        pytest.param({"exp": [1]}, id="a senseless kind of end"),
        pytest.param({"nbf": int(time.time()) + 3600}, id="not valid yet"),
        pytest.param({"serviceurl": "https://elsewhere.example"}, id="another service url"),
        pytest.param({"serviceurl": None}, id="no service url"),
        pytest.param({"serviceurl": 1}, id="a senseless service url"),
    ],
)
async def test_a_token_with_wrong_claims_is_refused(guarded: Bot, changed: dict[str, Any]):
    response = await guarded.post(joining(guarded), token=token_for(guarded, **changed))

    assert response.status_code == 401


async def test_a_token_that_is_not_valid_yet_is_refused_as_such(guarded: Bot):
    response = await guarded.post(joining(guarded), token=token_for(guarded, nbf=int(time.time()) + 3600))

    assert response.json() == {"error": "the token is not valid yet"}


async def test_a_long_token_is_not_parsed(guarded: Bot):
    response = await guarded.post(joining(guarded), token=token_for(guarded, more="x" * 8000))

    assert response.status_code == 401
    assert response.json() == {"error": "the token is too long"}


async def test_a_token_signed_by_a_stranger_is_refused(guarded: Bot):
    response = await guarded.post(joining(guarded), token=token_for(guarded, signed_by="a stranger"))

    assert response.status_code == 401
    assert response.json() == {"error": "the token's signature is not genuine"}


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256"])
async def test_a_token_with_another_signature_than_rs256_is_refused(guarded: Bot, algorithm: str):
    key: Any = {"none": None, "HS256": "a public key is no secret, whatever its length", "PS256": private_key("1")}
    claims = {"iss": ISSUER, "aud": APP_ID, "exp": int(time.time()) + 60, "serviceurl": guarded.connector.url}
    text = jwt.encode(claims, key[algorithm], algorithm=algorithm, headers={"kid": "1"})

    assert (await guarded.post(joining(guarded), token=text)).status_code == 401


async def test_a_token_that_does_not_name_its_key_is_refused(guarded: Bot):
    assert (await guarded.post(joining(guarded), token=token_for(guarded, "", signed_by="1"))).status_code == 401


@pytest.mark.parametrize("key_id", [["1"], {"1": "1"}, 1, True, None], ids=repr)
async def test_a_token_whose_key_id_is_no_text_is_refused(guarded: Bot, key_id: Any):
    def part(content: dict[str, Any]) -> str:
        return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    claims = {"iss": ISSUER, "aud": APP_ID, "exp": int(time.time()) + 60, "serviceurl": guarded.connector.url}
    text = f"{part({'alg': 'RS256', 'kid': key_id})}.{part(claims)}.{'A' * 342}"

    assert (await guarded.post(joining(guarded), token=text)).status_code == 401


async def test_a_key_signs_only_for_the_channels_that_it_endorses(guarded: Bot, key_server: KeyServer):
    key_server.publish("for others", endorsements=["webchat"])
    key_server.publish("for teams", endorsements=["webchat", "msteams"])
    activity = joining(guarded)
    await asyncio.sleep(60)  # until keys may be fetched again

    for_others = await guarded.post(activity, token=token_for(guarded, "for others"))
    for_teams = await guarded.post(activity, token=token_for(guarded, "for teams"))

    assert for_others.status_code == 403
    assert for_teams.status_code == 200


async def test_a_refused_message_reaches_nobody(guarded: Bot):
    response = await guarded.post(guarded.personal().message("Hi"))

    assert response.status_code == 401
    assert not guarded.connector.sent
