"""Checks of the bot's credentials for Teams, and of the keys that sign the tokens of Teams."""

import asyncio
import re
from typing import Any, cast

import httpx
from fastapi import FastAPI
from microsoft_teams.apps import FastAPIAdapter
from microsoft_teams.apps.token_manager import TokenManager
from msal import ManagedIdentityClient, SystemAssignedManagedIdentity
from requests import Response, Session

from ...gate import SigningKeys
from ...http import tls_context
from ...logs import redact
from ...settings import Environment, TeamsSettings
from ...teams import EntraTokens, cloud_of, open_teams
from .finding import Finding, explain, failed, passed, warning

# Seconds for each request.
_TIMEOUT = 10.0

# What to do, by the codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_ADVICE = {
    "AADSTS7000215": "CLIENT_SECRET is wrong; it takes the secret's value, not its id",
    "AADSTS7000222": "CLIENT_SECRET has expired; add a new one to the app's registration",
    "AADSTS700016": "the tenant TENANT_ID has no app with this CLIENT_ID",
    "AADSTS90002": "there is no tenant TENANT_ID",
    "AADSTS900023": "TENANT_ID is not the id of a tenant",
}


async def check_credentials(environment: Environment) -> list[Finding]:
    """Get the token that the bot sends to Teams."""
    settings = TeamsSettings.load(environment)
    if settings.dangerously_allow_unauthenticated_requests:
        return [passed("none, and requests need no token: for the Agents Playground, on this machine alone")]
    if not settings.client_id:
        return [warning("none; Teams needs CLIENT_ID and the others, 'parley chat' and scripts/run.py do not")]
    try:
        await _sign_in(settings)
    except Exception as error:
        return [failed(_problem(error, settings))]
    kind = "a secret" if settings.client_secret else "a managed identity"
    return [passed(f"{settings.client_id} signs in with {kind}")]


def _problem(error: Exception, settings: TeamsSettings) -> str:
    """The reason why there is no token, and what to do about it."""
    cause = re.sub(r"\s*Trace ID:.*", "", explain(error, settings.secrets()))
    if not settings.client_secret:
        advice = "outside Azure set CLIENT_SECRET and TENANT_ID; in Azure check MANAGED_IDENTITY_CLIENT_ID"
        return f"without CLIENT_SECRET, no managed identity gives a token: {cause}. What to do: {advice}"
    if isinstance(error, OSError):  # the errors of requests, which MSAL uses, are among them
        innermost = _innermost(error)
        reason = (
            innermost.strerror if isinstance(innermost, OSError) and innermost.strerror else type(innermost).__name__
        )
        host = redact(settings.secrets(), cloud_of(settings).login_endpoint)
        return f"{host} cannot be reached: {reason}. What to do: check the network, CLOUD and LOGIN_ENDPOINT"
    code = re.match(r"\w+", cause[cause.find("AADSTS") :])
    advice = _ADVICE.get(code[0] if code else "", "check CLIENT_ID, CLIENT_SECRET and TENANT_ID, and the network")
    return f"the bot gets no token: {cause}. What to do: {advice}"


def _innermost(error: BaseException) -> BaseException:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


async def _sign_in(settings: TeamsSettings) -> None:
    cloud = cloud_of(settings)
    if settings.client_id and settings.client_secret:
        secret = settings.client_secret.get_secret_value()
        # The SDK's own request has no timeout.
        sign_in = EntraTokens(
            cloud.login_endpoint, client_id=settings.client_id, client_secret=secret, timeout=_TIMEOUT
        )
        await sign_in(cloud.bot_scope, settings.tenant_id or cloud.login_tenant)
        return
    # Outside Azure there may be no response at all. The SDK's own request, which has no timeout, comes second.
    identities = cast(Any, ManagedIdentityClient(SystemAssignedManagedIdentity(), http_client=_SessionWithTimeout()))
    await asyncio.to_thread(identities.acquire_token_for_client, resource="https://api.botframework.com")
    async with open_teams(settings, cloud, FastAPIAdapter(FastAPI())) as teams:
        await TokenManager(teams.credentials, cloud).get_bot_token()


class _SessionWithTimeout(Session):
    def request(self, *args: Any, **more: Any) -> Response:
        return super().request(*args, **{"timeout": _TIMEOUT, **more})


async def check_signing_keys(environment: Environment) -> list[Finding]:
    """Download the keys, as the bot does."""
    settings = TeamsSettings.load(environment)
    if not settings.client_id:
        return [passed("not needed without credentials")]
    url = cloud_of(settings).openid_metadata_url
    place = redact(settings.secrets(), url)
    try:
        async with httpx.AsyncClient(verify=tls_context(), timeout=_TIMEOUT) as http:
            keys = await SigningKeys(http, url).download()
    except Exception as error:
        cause = explain(error, settings.secrets())
        return [failed(f"{place} gives none: {cause}. What to do: check OPENID_METADATA_URL, CLOUD and the network")]
    return [passed(f"{len(keys)} from {place}")]
