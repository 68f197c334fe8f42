"""The token issuer of the Bot Framework: a server with its signing keys, and tokens that are signed with them."""

import asyncio
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .bot import Bot
from .server import new_app

Json = dict[str, Any]

ISSUER = "https://api.botframework.com"
APP_ID = "11111111-2222-3333-4444-555555555555"


@cache
def private_key(id: str) -> RSAPrivateKey:
    """The key with this id, cached, because generating one is slow."""
    return generate_private_key(65537, 2048)


def make_token(key_id: str, key: RSAPrivateKey, **changed: Any) -> str:
    """A token for the bot of the tests, without the claims that are None."""
    claims = {"iss": ISSUER, "aud": APP_ID, "iat": int(time.time()) - 60, "exp": int(time.time()) + 3600} | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": key_id})


def token_for(bot: Bot, key_id: str = "1", *, signed_by: str | None = None, **changed: Any) -> str:
    """A token for activities from the bot's connector."""
    return make_token(key_id, private_key(signed_by or key_id), **{"serviceurl": bot.connector.url} | changed)


class KeyServer:
    """Publishes keys, at first only `1`, and records the times of the requests for its metadata document."""

    url: str

    def __init__(self) -> None:
        self.published: dict[str, Json] = {}
        self.requested_at: list[float] = []  # seconds of the event loop
        self.answer: Json | None = None
        """A document in place of the metadata."""
        self.status = 200
        self.may_respond = asyncio.Event()
        self.may_respond.set()
        self.publish("1")
        self.app = new_app(Route("/openidconfiguration", self._metadata), Route("/elsewhere/keys", self._keys))

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/openidconfiguration"

    def publish(self, key_id: str, **more: Any) -> None:
        jwk = RSAAlgorithm.to_jwk(private_key(key_id).public_key(), as_dict=True)
        self.published[key_id] = jwk | {"kid": key_id, "use": "sig"} | more

    def hang(self) -> None:
        """Stop responding, until `may_respond` is set."""
        self.may_respond.clear()

    async def _metadata(self, _request: Request) -> Response:
        self.requested_at.append(asyncio.get_running_loop().time())
        await self.may_respond.wait()
        if self.status != 200:
            return Response(status_code=self.status)
        return JSONResponse(self.answer or {"issuer": ISSUER, "jwks_uri": f"{self.url}/elsewhere/keys"})

    async def _keys(self, _request: Request) -> Response:
        await self.may_respond.wait()
        return JSONResponse({"keys": list(self.published.values())})
