"""A 1:1 conversation between the user at the terminal and a bot in this process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from ..app import open_app
from ..inbox import LocalQueue, Runner
from ..operator_errors import OperatorError
from ..replies import ChannelLimits
from ..settings import Settings
from .bot_settings import TENANT
from .connector import Connector
from .loopback import serving
from .screen import Screen
from .user import User

Json = dict[str, Any]

_USER_ID = "29:user"
_BOT = {"id": "28:parley", "name": "Parley"}
_CONVERSATION_ID = "a:terminal"

# Seconds until the bot has acknowledged an activity. Teams gives up after 10 to 15.
_TIMEOUT = 15.0

# Seconds that the start waits for MCP servers at most, so that the first answer has their tools.
_TOOL_START_TIMEOUT = 10.0


# A terminal takes all that the bot sends. A thirtieth of a second between two steps looks like typing.
_LIMITS = ChannelLimits(activities=(), stream_interval=1 / 30, stream_time=float("inf"))


class RefusedError(OperatorError):
    """The bot did not accept a message."""


class Outcome(IntEnum):
    """The result of a message; the value is the exit code of a command that sent it."""

    ANSWERED = 0
    FAILED = 1
    """The user got an error instead of an answer."""
    STOPPED = 130
    """The user stopped the answer."""


class Conversation:
    """Sends activities to the bot over HTTP, as Teams does, and waits for its answers."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        turns: LocalQueue,
        runner: Runner,
        connector: Connector,
        screen: Screen,
        envelope: Json,
    ) -> None:
        """`envelope` has the fields that all activities of the user share."""
        self._http = http
        self._turns = turns
        self._runner = runner
        self._connector = connector
        self._screen = screen
        self._envelope = envelope
        self._posting: asyncio.Task[Outcome] | None = None
        self._last_message: Json | None = None

    async def install(self) -> Outcome:
        """Add the bot to the chat, which makes it send its welcome message."""
        return await self._send({"type": "installationUpdate", "id": uuid4().hex, "action": "add"})

    async def send(self, text: str, files: Sequence[Path] = ()) -> Outcome:
        """Send a message and wait until the bot has answered it. After a stop the rest of the answer is not shown.

        Raises:
            RefusedError: the bot did not accept the message.
        """
        attachments = self._connector.attach(files, self._envelope["serviceUrl"])
        message = {"type": "message", "id": uuid4().hex, "text": text, "textFormat": "plain"}
        self._last_message = message | {"attachments": attachments}
        return await self._send(self._last_message)

    async def edit(self, text: str) -> Outcome:
        """Replace the text of the last message and wait for the new answer.

        Raises:
            RefusedError: there is no message, or the bot did not accept the update.
        """
        if not self._last_message:
            raise RefusedError("there is no message that could be edited")
        self._last_message |= {"text": text}
        update = {"type": "messageUpdate", "channelData": self._envelope["channelData"] | {"eventType": "editMessage"}}
        return await self._send(self._last_message | update)

    def stop(self) -> bool:
        """Stop the answer in progress. Returns False if there is none."""
        return self._posting is not None and self._posting.cancel()

    async def _send(self, activity: Json) -> Outcome:
        self._posting = asyncio.create_task(self._post(activity))
        try:
            await asyncio.wait([self._posting])
            if self._posting.cancelled():
                self._connector.stop()
                self._screen.stop_turn()
                return Outcome.STOPPED
            return self._posting.result()
        finally:
            self._posting.cancel()
            self._posting = None

    async def _post(self, activity: Json) -> Outcome:
        # The bot learns of a stop with its next request, and sends parts of the stopped answer until then.
        await self._turns.join()
        self._connector.begin_turn()
        answered_before = self._runner.answered
        now = datetime.now(UTC)
        stamp = {"timestamp": now.isoformat(), "localTimestamp": now.astimezone().isoformat()}
        response = await self._http.post("/api/messages", json=self._envelope | stamp | activity)
        if response.is_error:
            raise RefusedError(f"the bot answered {response.status_code} {response.text}".rstrip())
        await self._turns.join()
        has_failed = self._runner.answered == answered_before
        self._screen.end_turn(has_failed=has_failed)
        return Outcome.FAILED if has_failed else Outcome.ANSWERED


@asynccontextmanager
async def open_conversation(settings: Settings, user: User, screen: Screen) -> AsyncGenerator[Conversation]:
    """Open a bot with these settings and a conversation with it; both are closed when the block ends.

    Raises:
        SettingsError: an extra package that the settings need is missing.
        UnusableDatabaseError: the database cannot be opened.
    """
    tenant = min(settings.allowed_tenants, default=TENANT)
    account = {"id": _USER_ID, "name": user.name, "aadObjectId": "00000000-0000-0000-0000-000000000001"}
    connector = Connector(screen, [account | {"tenantId": tenant}])
    async with (
        serving(connector.app) as service_url,
        open_app(settings, tool_start_timeout=_TOOL_START_TIMEOUT, channel_limits=_LIMITS) as bot,
        serving(bot.server) as url,
        # A proxy cannot reach this machine's loopback.
        httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False) as http,
    ):
        assert isinstance(bot.queue, LocalQueue)  # the queue of SQLite
        envelope = _envelope(user, account, tenant, service_url)
        yield Conversation(http, bot.queue, bot.runner, connector, screen, envelope)


def _envelope(user: User, account: Json, tenant: str, service_url: str) -> Json:
    client = {"type": "clientInfo", "locale": user.locale, "country": user.country, "platform": "Terminal"}
    zone = {"timezone": user.time_zone} if user.time_zone else {}
    local_zone = {"localTimezone": user.time_zone} if user.time_zone else {}
    return {
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": account,
        "recipient": _BOT,
        "conversation": {"id": _CONVERSATION_ID, "conversationType": "personal", "tenantId": tenant},
        "channelData": {"tenant": {"id": tenant}},
        "locale": user.locale,
        "entities": [client | zone],
        **local_zone,
    }
