"""Entra ID, as far as a bot that signs in with a client secret can see it."""

from typing import Any
from urllib.parse import parse_qsl

import jwt
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

Json = dict[str, Any]


class Entra:
    """Gives a token to whoever knows the secret. MSAL wants https."""

    url: str

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.token = jwt.encode({"aud": "https://api.botframework.com"}, "a key of Entra ID's own, never checked")
        self.asked: list[dict[str, str]] = []
        self.app = FastAPI()
        self.app.get("/{tenant}/v2.0/.well-known/openid-configuration")(self._metadata)
        self.app.post("/{tenant}/oauth2/v2.0/token")(self._token)

    async def _metadata(self, tenant: str) -> Json:
        return {
            "issuer": f"{self.url}/{tenant}/v2.0",
            "authorization_endpoint": f"{self.url}/{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self.url}/{tenant}/oauth2/v2.0/token",
        }

    async def _token(self, tenant: str, request: Request) -> Any:
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append({"tenant": tenant} | form)
        if form["client_secret"] != self.secret:
            return JSONResponse({"error": "invalid_client", "error_description": "AADSTS7000215"}, 401)
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": self.token}
