"""The Teams SDK's app, its clients and its credentials."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import httpx
from httpx_aiohttp import HttpxAiohttpClient
from microsoft_teams.api import ApiClient, TypingActivityInput
from microsoft_teams.api.auth.cloud_environment import CloudEnvironment, with_overrides
from microsoft_teams.api.auth.cloud_environment import from_name as cloud_from_name
from microsoft_teams.api.auth.credentials import TokenScope
from microsoft_teams.apps import App, FastAPIAdapter
from microsoft_teams.common import ClientOptions
from msal import ConfidentialClientApplication

from .http import tls_context
from .settings import TeamsSettings

logger = logging.getLogger(__name__)

_TIMEOUT = 30.0  # seconds for a request to Teams; the SDK's own client has no timeout

_MAX_CONNECTIONS = 1000  # to Teams; a turn needs one at a time

# The SDK's warnings that there are no credentials, by their loggers.
_WARNINGS = {
    "microsoft_teams.apps.app": "TENANT_ID is not set",
    "microsoft_teams.apps.http.http_server": "No credentials configured",
}


def cloud_of(settings: TeamsSettings) -> CloudEnvironment:
    """Return the addresses of Microsoft's services."""
    return with_overrides(
        cloud_from_name(settings.cloud),
        openid_metadata_url=settings.openid_metadata_url,
        login_endpoint=settings.login_endpoint,
    )


@asynccontextmanager
async def open_teams(settings: TeamsSettings, cloud: CloudEnvironment, adapter: FastAPIAdapter) -> AsyncGenerator[App]:
    """The Teams SDK's app with the bot's credentials. Its HTTP clients are closed when the block ends."""
    with _expected_credentials(settings):
        teams = _create_app(settings, cloud, adapter)
        try:
            yield teams
        finally:
            await teams.http_client.http.aclose()
            await teams.api.http.http.aclose()


@contextmanager
def _expected_credentials(settings: TeamsSettings) -> Generator[None]:
    """Drop the SDK's warnings about missing credentials if the settings say that there are none."""

    def is_needed(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(_WARNINGS[record.name])

    loggers = [logging.getLogger(name) for name in _WARNINGS]
    if settings.dangerously_allow_unauthenticated_requests:
        for each in loggers:
            each.addFilter(is_needed)
    try:
        yield
    finally:
        for each in loggers:
            each.removeFilter(is_needed)


def _create_app(settings: TeamsSettings, cloud: CloudEnvironment, adapter: FastAPIAdapter) -> App:
    secret = settings.client_secret.get_secret_value() if settings.client_secret else None
    sign_in = None
    if settings.login_endpoint and settings.client_id and secret:
        sign_in = EntraTokens(settings.login_endpoint, client_id=settings.client_id, client_secret=secret)
        # The SDK prefers a secret to a token provider, and reads one from the environment.
        os.environ.pop("CLIENT_SECRET", None)
        secret = None
    teams = App(
        client_id=settings.client_id,
        client_secret=secret,
        token=sign_in,
        tenant_id=settings.tenant_id,
        managed_identity_client_id=settings.managed_identity_client_id,
        http_server_adapter=adapter,
        # The gate has checked the token already, or accepts this machine only. The SDK's own check fetches keys in the
        # event loop, so that forged tokens would freeze the bot.
        dangerously_allow_unauthenticated_requests=True,
        client=ClientOptions(timeout=_TIMEOUT),
        cloud=cloud,
    )
    # Over aiohttp a request takes much less CPU than over httpx's own transport.
    teams.http_client.http = HttpxAiohttpClient(
        verify=tls_context(),
        headers=teams.http_client.http.headers,
        timeout=_TIMEOUT,
        limits=httpx.Limits(max_connections=_MAX_CONNECTIONS, keepalive_expiry=5.0),
        # Without tokens the bot answers this machine only, which a proxy cannot reach.
        trust_env=not settings.dangerously_allow_unauthenticated_requests,
    )
    return teams


async def send_typing(teams: App, cloud: CloudEnvironment, service_url: str, conversation_id: str) -> None:
    """Show a typing indicator in a conversation. A failure is ignored."""
    api = ApiClient(service_url, teams.http_client, cloud=cloud, token_provider=teams.token_provider)
    try:
        await api.conversations.create_activity(conversation_id, TypingActivityInput())
    except Exception as error:
        logger.debug("Typing indicator failed: %s", error)


class TokenRefusedError(Exception):
    """Entra ID gave no token."""


class EntraTokens:
    """Gets app-only tokens with a client secret; a `token` provider for the SDK.

    The SDK's own client asks login.microsoftonline.com about endpoints that MSAL does not know. LOGIN_ENDPOINT is
    trusted, and may be in a network that cannot reach that host.
    """

    def __init__(self, login_endpoint: str, *, client_id: str, client_secret: str, timeout: float = 30.0) -> None:
        """`timeout` is for each request to Entra ID, in seconds."""
        self._login_endpoint = login_endpoint
        self._client_id = client_id
        self._client_secret = client_secret
        self._timeout = timeout
        self._clients: dict[str | None, ConfidentialClientApplication] = {}
        self._pending: dict[tuple[str, str | None], asyncio.Task[str]] = {}

    async def __call__(self, scope: TokenScope, tenant_id: str | None) -> str:
        """Return a token for a scope, from MSAL's cache while it is valid. Concurrent calls share one request and one
        thread, because host names are resolved in the same few threads.

        Raises:
            TokenRefusedError: Entra ID refused.
        """
        scopes = [scope] if isinstance(scope, str) else scope
        key = (" ".join(scopes), tenant_id)
        if key not in self._pending:
            task = asyncio.create_task(asyncio.to_thread(self._acquire, scopes, tenant_id))
            self._pending[key] = task
            task.add_done_callback(lambda _: self._pending.pop(key))
        return await asyncio.shield(self._pending[key])

    def _acquire(self, scopes: list[str], tenant_id: str | None) -> str:
        if tenant_id not in self._clients:
            self._clients[tenant_id] = ConfidentialClientApplication(
                self._client_id,
                client_credential=self._client_secret,
                authority=f"{self._login_endpoint}/{tenant_id}",
                instance_discovery=False,
                timeout=self._timeout,
            )
        client = cast(Any, self._clients[tenant_id])  # MSAL's methods have no types
        answer: dict[str, Any] = client.acquire_token_for_client(scopes)
        if token := answer.get("access_token"):
            return token
        raise TokenRefusedError(f"Entra ID gave no token: {answer.get('error_description') or answer.get('error')}")
