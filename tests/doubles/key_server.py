"""The Bot Framework's token issuer: publishes its signing keys, and signs tokens as the Bot Connector carries them."""

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
    """The key of this id, the same in all tests: to make one takes a while."""
    return generate_private_key(65537, 2048)


def make_token(key_id: str, key: RSAPrivateKey, **changed: Any) -> str:
    """A token for the bot of the tests; a claim that is None is left out."""
    claims = {"iss": ISSUER, "aud": APP_ID, "iat": int(time.time()) - 60, "exp": int(time.time()) + 3600} | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": key_id})


def token_for(bot: Bot, key_id: str = "1", *, signed_by: str | None = None, **changed: Any) -> str:
    """A token for the activities of the bot's connector."""
    return make_token(key_id, private_key(signed_by or key_id), **{"serviceurl": bot.connector.url} | changed)


class KeyServer:
    """Publishes keys, by default one of the id `1`, and remembers when it was asked for its metadata document."""

    url: str

    def __init__(self) -> None:
        self.published: dict[str, Json] = {}
        self.asked_at: list[float] = []  # seconds of the event loop
        self.answer: Json | None = None
        """Another document than the metadata."""
        self.status = 200
        self.awake = asyncio.Event()
        self.awake.set()
        self.publish("1")
        self.app = new_app(Route("/openidconfiguration", self._metadata), Route("/elsewhere/keys", self._keys))

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/openidconfiguration"

    def publish(self, key_id: str, **more: Any) -> None:
        jwk = RSAAlgorithm.to_jwk(private_key(key_id).public_key(), as_dict=True)
        self.published[key_id] = jwk | {"kid": key_id, "use": "sig"} | more

    def hang(self) -> None:
        """Answer nothing any more."""
        self.awake.clear()

    async def _metadata(self, _request: Request) -> Response:
        self.asked_at.append(asyncio.get_running_loop().time())
        await self.awake.wait()
        if self.status != 200:
            return Response(status_code=self.status)
        return JSONResponse(self.answer or {"issuer": ISSUER, "jwks_uri": f"{self.url}/elsewhere/keys"})

    async def _keys(self, _request: Request) -> Response:
        await self.awake.wait()
        return JSONResponse({"keys": list(self.published.values())})
