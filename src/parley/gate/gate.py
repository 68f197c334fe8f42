"""The checks of each request, before the SDK gets its activity.

1. The headers: JSON, and a genuine token of the Bot Connector for this bot. Only an unknown key needs the network.
2. The body, which is not read before: an activity that is not too large, names an allowed host for the reply, comes
   from an allowed tenant, and belongs to the token. Messages may come from any tenant, so that users of others get a
   line (handlers/tenant_guard.py).
3. The audience. Messages of bots, messages in a group without a mention of the bot, sign-in invokes, and activities
   that the SDK does not know are acknowledged, and go no further. The SDK gets all others, without unreadable optional
   parts.

So a stranger's request costs little, and cannot make the bot send a request. The SDK checks tokens, too, but fetches
keys synchronously, inside the event loop, for every tenant that an unverified token names, and answers 500 to
activities that it cannot read.
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
from .refusals import Refusals, Refused
from .service_hosts import CONNECTOR_HOSTS, check_service_url
from .signing_keys import open_keys
from .tokens import Tokens

logger = logging.getLogger(__name__)

# Bytes. Teams accepts messages of up to about 100 KB, counted as UTF-16; in JSON each of its 50,000 units may take six
# bytes (\uXXXX), and the text stands there twice, as `text` and as an HTML attachment: 600 KB.
MAX_BODY = 1024 * 1024

# Bytes of a larger body that are read and dropped: a client that still sends when the connection is closed may not
# receive the response.
_MAX_READ = 8 * MAX_BODY

# Seconds that a body may take to arrive. The Connector itself gives up after 10 to 15 s.
_BODY_TIMEOUT = 10.0

# Not the whole grammar of RFC 9110: its parsers take a time that grows with the square of a header's length.
_CONTENT_TYPE = re.compile(r'application/json[ \t]*(;[ \t]*(charset="?(?P<charset>[a-z0-9_-]+)"?)?[ \t]*)?')

# The names of this machine in a URL, with a port.
_THIS_MACHINE = r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?"
_LOCAL_HOST = re.compile(_THIS_MACHINE, re.IGNORECASE)
_LOCAL_ORIGIN = re.compile(f"https?://{_THIS_MACHINE}", re.IGNORECASE)

# A type, name or action of an activity that may be logged.
_NAME = re.compile(r"[A-Za-z][A-Za-z./]{0,63}")


class Gate(FastAPIAdapter):
    """Serves the SDK's routes on a FastAPI application, behind the checks of this module.

    Args:
        server: the application.
        tokens: checks the token. None accepts all requests, for a bot that listens on loopback alone.
        service_hosts: the hosts to which the bot may send, see `check_service_url`.
        tenants: the tenants whose users may use the bot.
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
                return self._refusals.answer_failure(error)

        self.app.add_route(path, receive, methods=[method])

    async def _admit(self, request: Request) -> Json | None:
        """Return the activity of a request; None if the SDK is not to get it.

        Raises:
            Refused: the request fails a check.
        """
        _check_headers(request)
        if self._tokens:
            token = await self._tokens.verify(request.headers.get("authorization"))
        else:
            _check_local(request)
            token = None
        body = read_json(await _read_body(request))
        reading = read_activity(body)
        envelope = reading.envelope
        check_service_url(envelope.service_url, self._service_hosts)
        self._check_tenant(envelope)
        if token:
            token.check(envelope)
        if envelope.type in MESSAGES and (envelope.is_from_bot or not is_for_bot(body)):
            logger.debug("Ignored a message for others")
            return None
        if _is_sign_in(body) or not reading.activity:
            if envelope.type == "message":
                raise Refused(400, "a field of the message is missing or wrong")
            logger.info("Ignored an activity of unknown type: %s", _describe(body))
            return None
        if reading.left_out:
            fields = ", ".join(sorted(reading.left_out))
            logger.info("Left out of an activity (%s), since unreadable: %s", _describe(body), fields)
        return reading.activity

    def _check_tenant(self, envelope: Envelope) -> None:
        if envelope.type != "message" and not self._tenants.admit(envelope):
            raise Refused(403, "the tenant is not allowed")

    async def _hand_over(self, activity: Json, handler: HttpRouteHandler) -> Response:
        """Pass the activity on to the SDK, without the token."""
        result = await handler(HttpRequest(body=activity, headers={}))
        status, body = result["status"], result["body"]
        if status == 500:
            return self._refusals.answer_failure(None)
        return Response(status_code=status) if body is None else JSONResponse(body, status)


@asynccontextmanager
async def open_gate(
    server: FastAPI, settings: TeamsSettings, cloud: CloudEnvironment, tenants: Tenants
) -> AsyncGenerator[Gate]:
    """The gate for these settings. Its keys are kept fresh until the block ends."""
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
    """Refuse web pages: in a browser on this machine, a page can send to loopback by a host name of its own."""
    if not _LOCAL_HOST.fullmatch(request.headers.get("host", "")):
        raise Refused(403, "the request is not for this machine")
    if not _LOCAL_ORIGIN.fullmatch(request.headers.get("origin", "http://localhost")):
        raise Refused(403, "the request comes from another site")


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
    """True for an invoke about signing in, for which the SDK would call the Bot Framework's token service."""
    name = body.get("name")
    return body["type"] == "invoke" and isinstance(name, str) and name.lower().startswith("signin/")


def _describe(body: Json) -> str:
    """The type, name and action of an activity for the log, without any text of a user."""
    names = [value for value in map(body.get, ("type", "name", "action")) if isinstance(value, str)]
    return " ".join(name if _NAME.fullmatch(name) else "(unprintable)" for name in names)
