"""What stands between the network and the SDK.

1. The headers: JSON, and a genuine token of the Bot Connector for this bot. Only for a key that is not known yet the
   network is needed.
2. The body, which is not even read before: an activity of a bearable size, which leads to an allowed host, comes from
   an allowed tenant, and is what the token vouches for. A message may come from any tenant: who is not to use the bot
   is told so (handlers/tenant_guard.py).
3. What the SDK can read goes to the SDK, without what is unreadable among its optional parts. What it cannot read,
   though Teams may well send it, is acknowledged, and so is what is not for the bot: the messages of other bots, those
   in a group that do not mention it, and what concerns signing in.

So strangers cost little, whatever they send, and nobody can make the bot fetch anything by asking. The SDK would check
tokens, too, but fetches keys synchronously, inside the event loop, for every tenant that an unverified token names, and
answers 500 to what it cannot read.
"""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from microsoft_teams.api.auth.cloud_environment import CloudEnvironment
from microsoft_teams.apps.http import FastAPIAdapter, HttpMethod, HttpRequest, HttpRouteHandler
from starlette.requests import ClientDisconnect

from ..http import LOOPBACK
from ..limits import Tenants
from ..settings import TeamsSettings
from .activities import MESSAGES, Envelope, Json, read_activity, read_json
from .audience import is_for_bot
from .keys import open_keys
from .refusals import Refusals, Refused
from .service_hosts import CONNECTOR_HOSTS, check_service_url
from .tokens import Tokens

logger = logging.getLogger(__name__)

# Bytes. Teams takes messages of up to about 100 KB, counted as UTF-16; in JSON each of its 50,000 units may take six
# bytes (\uXXXX), and the text stands there twice, as `text` and as an HTML attachment: 600 KB.
MAX_BODY = 1024 * 1024

# Bytes. What is too large is read so far and thrown away: who still sends when the connection is closed may not see
# why.
_MAX_READ = 8 * MAX_BODY

# Seconds that a body may take to arrive. The Connector itself gives up after 10 to 15 s.
_BODY_TIMEOUT = 10.0

# A parser of all that RFC 9110 allows takes a time that grows with the square of a header's length.
_CONTENT_TYPE = re.compile(r'application/json[ \t]*(;[ \t]*(charset="?(?P<charset>[a-z0-9_-]+)"?)?[ \t]*)?')

# How this machine is called in a URL, with a port.
_THIS_MACHINE = r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?"
_LOCAL_HOST = re.compile(_THIS_MACHINE, re.IGNORECASE)
_LOCAL_ORIGIN = re.compile(f"https?://{_THIS_MACHINE}", re.IGNORECASE)

# What may stand in the log of the names that an activity gives itself.
_NAME = re.compile(r"[A-Za-z][A-Za-z./]{0,63}")


class Gate(FastAPIAdapter):
    """Serves the SDK's routes on a FastAPI application, behind the checks of this module.

    Args:
        server: the application.
        tokens: checks who asks. None lets anybody in: for a bot that listens on loopback alone.
        service_hosts: where the bot may send, see `check_service_url`.
        tenants: the tenants whose people may use the bot.
    """

    def __init__(
        self, server: FastAPI, *, tokens: Tokens | None, service_hosts: frozenset[str], tenants: Tenants
    ) -> None:
        super().__init__(server)
        self._tokens = tokens
        self._service_hosts = service_hosts
        self._tenants = tenants
        self._refusals = Refusals()

    def register_route(self, method: HttpMethod, path: str, handler: HttpRouteHandler) -> None:
        async def receive(request: Request) -> Response:
            try:
                activity = await self._admit(request)
                return await self._hand_over(activity, handler) if activity else Response()
            except Refused as refused:
                return self._refusals.answer(refused)
            except Exception as error:
                return self._refusals.apologize(error)

        self.app.add_route(path, receive, methods=[method])

    async def _admit(self, request: Request) -> Json | None:
        """The activity that a request brings, or None for one that there is nothing to do about.

        Raises:
            Refused: it is not let in.
        """
        _check_headers(request)
        if self._tokens:
            voucher = await self._tokens.verify(request.headers.get("authorization"))
        else:
            _check_local(request)
            voucher = None
        body = read_json(await _read_body(request))
        reading = read_activity(body)
        envelope = reading.envelope
        check_service_url(envelope.service_url, self._service_hosts)
        self._check_tenant(envelope)
        if voucher:
            voucher.check(envelope)
        if envelope.type in MESSAGES and (envelope.is_from_bot or not is_for_bot(body)):
            logger.debug("Passed over a message that is not for the bot")
            return None
        if _is_sign_in(body) or not reading.activity:
            if envelope.type == "message":
                raise Refused(400, "a field of the message is missing or wrong")
            logger.info("Passed over an activity that the SDK does not know: %s", _describe(body))
            return None
        if reading.left_out:
            fields = ", ".join(sorted(reading.left_out))
            logger.info("Left out of an activity (%s) what cannot be read of: %s", _describe(body), fields)
        return reading.activity

    def _check_tenant(self, envelope: Envelope) -> None:
        if envelope.type != "message" and not self._tenants.admit(envelope):
            raise Refused(403, "the tenant is not allowed")

    async def _hand_over(self, activity: Json, handler: HttpRouteHandler) -> Response:
        """Let the SDK take the activity. The token goes no further than this."""
        result = await handler(HttpRequest(body=activity, headers={}))
        status, body = result["status"], result["body"]
        if status == 500:
            return self._refusals.apologize(None)
        return Response(status_code=status) if body is None else JSONResponse(body, status)


@asynccontextmanager
async def open_gate(
    server: FastAPI, settings: TeamsSettings, cloud: CloudEnvironment, tenants: Tenants
) -> AsyncGenerator[Gate]:
    """The gate that the settings ask for, with its keys kept fresh until the block ends."""
    if settings.dangerously_allow_unauthenticated_requests:
        yield Gate(server, tokens=None, service_hosts=LOOPBACK, tenants=tenants)
        return
    assert settings.client_id  # or the settings would not have been valid
    async with open_keys(cloud.openid_metadata_url) as keys:
        yield Gate(
            server,
            tokens=Tokens(keys, client_id=settings.client_id, issuer=cloud.token_issuer),
            service_hosts=settings.allowed_service_hosts or CONNECTOR_HOSTS[settings.cloud],
            tenants=tenants,
        )


def _check_headers(request: Request) -> None:
    content_type = _CONTENT_TYPE.fullmatch(request.headers.get("content-type", "").lower())
    if not content_type:
        raise Refused(415, "the body is not application/json")
    if content_type["charset"] not in (None, "utf-8", "utf8"):
        raise Refused(415, "the body is not in UTF-8")


def _check_local(request: Request) -> None:
    """Pages in a browser on this machine can reach loopback, too, by a name of theirs that they have lead there."""
    if not _LOCAL_HOST.fullmatch(request.headers.get("host", "")):
        raise Refused(403, "the request is not for this machine")
    if not _LOCAL_ORIGIN.fullmatch(request.headers.get("origin", "http://localhost")):
        raise Refused(403, "the request is of another site")


async def _read_body(request: Request) -> bytes:
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(_BODY_TIMEOUT):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= MAX_BODY:
                    body += chunk
                elif size > _MAX_READ:
                    break
    except TimeoutError:
        raise Refused(408, "the body took too long to arrive") from None
    except ClientDisconnect:
        raise Refused(400, "the body did not arrive") from None
    if size > MAX_BODY:
        raise Refused(413, "the body is too large")
    return bytes(body)


def _is_sign_in(body: Json) -> bool:
    """Whether it is an invoke about signing in, with which the SDK would turn to the Bot Framework's token service.
    Nobody signs in to this bot."""
    name = body.get("name")
    return body["type"] == "invoke" and isinstance(name, str) and name.lower().startswith("signin/")


def _describe(body: Json) -> str:
    """What an activity calls itself, without anything that a person may have written."""
    names = [value for value in map(body.get, ("type", "name", "action")) if isinstance(value, str)]
    return " ".join(name if _NAME.fullmatch(name) else "(unprintable)" for name in names)
