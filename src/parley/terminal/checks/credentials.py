"""Does Teams know the bot by its credentials?"""

import asyncio
import re
from typing import Any, cast

from fastapi import FastAPI
from microsoft_teams.apps import FastAPIAdapter
from microsoft_teams.apps.token_manager import TokenManager
from msal import ManagedIdentityClient, SystemAssignedManagedIdentity
from requests import Response, Session

from ...logs import redact
from ...settings import Environment, TeamsSettings
from ...teams import EntraTokens, cloud_of, open_teams
from .finding import Finding, broken, doubtful, explain, good

# Seconds for each request.
_TIMEOUT = 10.0

# What to do, by the codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_ADVICE = {
    "AADSTS7000215": "CLIENT_SECRET is wrong; it takes the secret's value, not its id",
    "AADSTS7000222": "CLIENT_SECRET has expired; add a new one to the app's registration",
    "AADSTS700016": "CLIENT_ID is not of an app in the tenant TENANT_ID",
    "AADSTS90002": "there is no tenant TENANT_ID",
    "AADSTS900023": "TENANT_ID is no tenant's id",
}


async def check_credentials(environment: Environment) -> list[Finding]:
    """Gets the token that the bot would show to Teams."""
    settings = TeamsSettings.load(environment)
    if settings.dangerously_allow_unauthenticated_requests:
        return [good("none, and requests need no token: for the Agents Playground, on this machine alone")]
    if not settings.client_id:
        return [doubtful("none; 'parley chat' and scripts/run.py work without, for Teams set CLIENT_ID and the others")]
    try:
        await _sign_in(settings)
    except Exception as error:
        return [broken(_problem(error, settings))]
    kind = "a secret" if settings.client_secret else "a managed identity"
    return [good(f"{settings.client_id} signs in with {kind}")]


def _problem(error: Exception, settings: TeamsSettings) -> str:
    """Why there is no token, and what to do about it."""
    cause = re.sub(r"\s*Trace ID:.*", "", explain(error, settings.secrets()))
    if not settings.client_secret:
        advice = "outside Azure set CLIENT_SECRET and TENANT_ID; in Azure check MANAGED_IDENTITY_CLIENT_ID"
        return f"without CLIENT_SECRET, no managed identity gives a token: {cause}. What to do: {advice}"
    if isinstance(error, OSError):  # such as those of requests, which MSAL signs in over
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
        # The SDK's own request has no limit in time.
        sign_in = EntraTokens(
            cloud.login_endpoint, client_id=settings.client_id, client_secret=secret, timeout=_TIMEOUT
        )
        await sign_in(cloud.bot_scope, settings.tenant_id or cloud.login_tenant)
        return
    # Outside Azure nobody may answer. Nor does the SDK's own request have a limit, and the doctor could not end.
    identities = cast(Any, ManagedIdentityClient(SystemAssignedManagedIdentity(), http_client=_Impatient()))
    await asyncio.to_thread(identities.acquire_token_for_client, resource="https://api.botframework.com")
    async with open_teams(settings, cloud, FastAPIAdapter(FastAPI())) as teams:
        await TokenManager(teams.credentials, cloud).get_bot_token()


class _Impatient(Session):
    """Whose requests have a limit in time."""

    def request(self, *args: Any, **more: Any) -> Response:
        return super().request(*args, **{"timeout": _TIMEOUT, **more})
