"""The endpoints of Entra ID that a bot with a client secret uses."""

from urllib.parse import parse_qsl

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .server import new_app


class Entra:
    """Issues a token to each client with the secret. MSAL requires https."""

    url: str

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.token = jwt.encode({"aud": "https://api.botframework.com"}, "a key of Entra ID's own, never checked")
        self.requests: list[dict[str, str]] = []
        self.app = new_app(
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._metadata),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
        )

    async def _metadata(self, request: Request) -> Response:
        url = f"{self.url}/{request.path_params['tenant']}"
        return JSONResponse(
            {
                "issuer": f"{url}/v2.0",
                "authorization_endpoint": f"{url}/oauth2/v2.0/authorize",
                "token_endpoint": f"{url}/oauth2/v2.0/token",
            }
        )

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.requests.append({"tenant": request.path_params["tenant"]} | form)
        if form["client_secret"] != self.secret:
            return JSONResponse({"error": "invalid_client", "error_description": "AADSTS7000215"}, 401)
        return JSONResponse({"token_type": "Bearer", "expires_in": 3599, "access_token": self.token})
