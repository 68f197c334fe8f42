"""The bot's own token, from an Entra ID that the Teams SDK cannot sign in to by itself."""

import asyncio
from typing import Any, cast

from microsoft_teams.api.auth.credentials import TokenScope
from msal import ConfidentialClientApplication


class TokenRefusedError(Exception):
    """Entra ID gave no token."""


class EntraTokens:
    """Gets app-only tokens with a client secret; to be handed to the SDK as its `token` provider.

    The SDK's own client asks login.microsoftonline.com whether an endpoint that MSAL does not know can be trusted. The
    one that an operator has set is trusted, and may be in a network from which that host cannot be reached.
    """

    def __init__(self, login_endpoint: str, *, client_id: str, client_secret: str, timeout: float = 30.0) -> None:
        """`timeout` is how many seconds each request to Entra ID may take."""
        self._login_endpoint = login_endpoint
        self._client_id = client_id
        self._client_secret = client_secret
        self._timeout = timeout
        self._clients: dict[str | None, ConfidentialClientApplication] = {}
        self._under_way: dict[tuple[str, str | None], asyncio.Task[str]] = {}

    async def __call__(self, scope: TokenScope, tenant_id: str | None) -> str:
        """A token for a scope, from MSAL's cache if it is still good. Whoever asks while it is being got waits for it:
        one thread is enough, of the few that names of hosts are looked up in, too.

        Raises:
            TokenRefusedError: Entra ID refused.
        """
        scopes = [scope] if isinstance(scope, str) else scope
        wanted = (" ".join(scopes), tenant_id)
        if wanted not in self._under_way:
            task = asyncio.create_task(asyncio.to_thread(self._acquire, scopes, tenant_id))
            self._under_way[wanted] = task
            task.add_done_callback(lambda _: self._under_way.pop(wanted))
        return await asyncio.shield(self._under_way[wanted])

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
