"""A person's conversation with the bot."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from ..app import open_app
from ..inbox import LocalQueue
from ..settings import Environment, Settings
from .connector import Connector
from .loopback import serving
from .person import Person
from .screen import Screen

Json = dict[str, Any]

_TENANT = "terminal"
_PERSON_ID = "29:person"
_BOT = {"id": "28:parley", "name": "Parley"}
_CONVERSATION_ID = "a:terminal"

# Of no use for a bot that only this machine reaches. Some of them the Teams SDK finds in the environment by itself.
_OF_TEAMS = (
    "ALLOWED_SERVICE_HOSTS",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "LOGIN_ENDPOINT",
    "MANAGED_IDENTITY_CLIENT_ID",
    "OPENID_METADATA_URL",
)

# Seconds until the bot has taken in an activity. Teams gives up after 10 to 15.
_TIMEOUT = 15.0

# Seconds that the first question waits for the tools of MCP servers at most. A bot that serves does not wait: it has
# them by the time that somebody writes.
_TOOL_PATIENCE = 10.0


class NotTakenError(Exception):
    """The bot has not taken in a message."""


def load_settings(environment: Environment, database_url: str) -> Settings:
    """The operator's settings, for a bot that only this machine reaches and that has a database of its own. Takes the
    credentials for Teams out of the process's environment.

    Raises:
        SettingsError: something is wrong with them.
    """
    for name in _OF_TEAMS:
        os.environ.pop(name, None)
    ours = {name: value for name, value in environment.items() if name.upper() not in _OF_TEAMS}
    return Settings.load(
        ours
        | {
            "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
            "DATABASE_URL": database_url,
            "TENANT_ID": _TENANT,
        }
    )


class Talk:
    """A 1:1 chat, whose activities go over HTTP as they would from Teams."""

    def __init__(
        self, http: httpx.AsyncClient, turns: LocalQueue, connector: Connector, screen: Screen, envelope: Json
    ) -> None:
        """`envelope` is what all activities of the person have in common."""
        self._http = http
        self._turns = turns
        self._connector = connector
        self._screen = screen
        self._envelope = envelope
        self._taking: asyncio.Task[None] | None = None

    async def begin(self) -> bool:
        """Add the bot to the chat, as `say`."""
        return await self._take({"type": "installationUpdate", "action": "add"})

    async def say(self, text: str) -> bool:
        """Write a message, and wait until the bot is through with it.

        Returns:
            whether the bot is; otherwise the person has stopped it. Words that are still on their way are not shown.

        Raises:
            NotTakenError: the bot has refused it.
        """
        return await self._take({"type": "message", "text": text, "textFormat": "plain"})

    def stop(self) -> None:
        """Stop the answer, if one is being made."""
        if self._taking:
            self._taking.cancel()

    async def _take(self, activity: Json) -> bool:
        self._taking = asyncio.create_task(self._post(activity))
        try:
            await asyncio.wait([self._taking])
            if self._taking.cancelled():
                self._connector.stop()
                self._screen.break_off()
                return False
            self._taking.result()
            return True
        finally:
            self._taking = None

    async def _post(self, activity: Json) -> None:
        # The bot learns of a Stop with its next request. Till then all that it sends is of the answer before.
        await self._turns.join()
        self._connector.begin_turn()
        now = datetime.now(UTC)
        stamp = {"id": uuid4().hex, "timestamp": now.isoformat(), "localTimestamp": now.astimezone().isoformat()}
        response = await self._http.post("/api/messages", json=self._envelope | stamp | activity)
        if response.is_error:
            raise NotTakenError(f"the bot has answered {response.status_code} {response.text}".rstrip())
        await self._turns.join()
        self._screen.end_turn()


@asynccontextmanager
async def open_talk(settings: Settings, person: Person, screen: Screen) -> AsyncGenerator[Talk]:
    """A bot with these settings, and a conversation with it; closed when the block ends.

    Raises:
        SettingsError: an extra package that the settings ask for is missing.
        UnusableDatabaseError: the database cannot be opened.
    """
    tenant = min(settings.allowed_tenants, default=_TENANT)
    account = {"id": _PERSON_ID, "name": person.name, "aadObjectId": "00000000-0000-0000-0000-000000000001"}
    connector = Connector(screen, [account | {"tenantId": tenant}])
    async with (
        serving(connector.app) as service_url,
        open_app(settings, tool_patience=_TOOL_PATIENCE) as bot,
        serving(bot.server) as url,
        # A proxy of the environment would not find this machine.
        httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False) as http,
    ):
        assert isinstance(bot.turns, LocalQueue)  # the queue of SQLite
        yield Talk(http, bot.turns, connector, screen, _envelope(person, account, tenant, service_url))


def _envelope(person: Person, account: Json, tenant: str, service_url: str) -> Json:
    client = {"type": "clientInfo", "locale": person.locale, "country": person.country, "platform": "Terminal"}
    zone = {"timezone": person.time_zone} if person.time_zone else {}
    local_zone = {"localTimezone": person.time_zone} if person.time_zone else {}
    return {
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": account,
        "recipient": _BOT,
        "conversation": {"id": _CONVERSATION_ID, "conversationType": "personal", "tenantId": tenant},
        "channelData": {"tenant": {"id": tenant}},
        "locale": person.locale,
        "entities": [client | zone],
        **local_zone,
    }
