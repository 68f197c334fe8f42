"""The composition root: settings in, a wired app out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI
from microsoft_teams.api.auth.cloud_environment import CloudEnvironment
from microsoft_teams.api.auth.cloud_environment import from_name as cloud_from_name
from microsoft_teams.apps import App, FastAPIAdapter
from microsoft_teams.common import ClientOptions

from .chat import TOOLS, Chat, History, open_model
from .handlers import register_handlers
from .inbox import Inbox, Lanes, Ledger, Runner
from .probes import register_probes
from .replies import Replies
from .settings import Settings
from .storage import UnusableDatabaseError, check_database, open_database

# Seconds until a request to Teams is given up; the SDK's client would wait for ever.
_TEAMS_TIMEOUT = 30.0


@dataclass(frozen=True)
class Bot:
    """The bot, with everything it needs open."""

    server: FastAPI
    """The ASGI application that Teams sends to."""
    turns: Lanes
    """The turns that are to be taken. They are to be stopped before the server is."""


@asynccontextmanager
async def open_app(settings: Settings, *, cloud: CloudEnvironment | None = None) -> AsyncGenerator[Bot]:
    """The bot, at work; closed when the block ends.

    Args:
        settings: the validated settings.
        cloud: where Teams' tokens come from, when it is another cloud than the settings name.

    Raises:
        SettingsError: an extra package that the settings ask for is missing.
        UnusableDatabaseError: the database cannot be opened.
    """
    server = FastAPI(openapi_url=None)
    secret = settings.client_secret
    teams = App(
        client_id=settings.client_id,
        client_secret=secret.get_secret_value() if secret else None,
        tenant_id=settings.tenant_id,
        managed_identity_client_id=settings.managed_identity_client_id,
        dangerously_allow_unauthenticated_requests=settings.dangerously_allow_unauthenticated_requests,
        http_server_adapter=FastAPIAdapter(server),
        client=ClientOptions(timeout=_TEAMS_TIMEOUT),
        cloud=cloud or cloud_from_name(settings.cloud),
    )
    async with (
        open_database(settings.database_url, connections=settings.database_connections) as database,
        open_model(settings) as model,
    ):
        chat = Chat(
            model=model,
            instructions=settings.bot_instructions,
            history=History(database, max_tokens=settings.memory_max_tokens),
            stateful=settings.bot_stateful,
            tools=TOOLS,
        )
        replies = Replies(settings.text_format, settings.allowed_image_hosts)
        register_handlers(teams, chat, replies)
        await teams.initialize()
        process = teams.server.on_request
        assert process
        ledger = Ledger(
            database,
            max_waiting=settings.max_waiting_turns,
            max_attempts=settings.max_turn_attempts,
            retention=timedelta(hours=settings.turn_retention),
        )
        turns = Lanes(ledger, Runner(ledger, process).run, max_concurrent=settings.max_concurrent_turns)
        # What the SDK would do at once, keeping Teams waiting, is what the turns do.
        teams.server.on_request = Inbox(ledger, turns, process).receive

        async def why_not_ready() -> str | None:
            if turns.is_stopping:
                return "stopping"
            try:
                await check_database(database)
            except UnusableDatabaseError as error:
                return f"the database cannot be used: {error}"
            return None

        register_probes(server, why_not_ready)
        await turns.start()
        tidying = asyncio.create_task(ledger.keep_tidy())
        try:
            yield Bot(server, turns)
        finally:
            tidying.cancel()
            await turns.stop(grace=0)
            await teams.stop()
            await teams.http_client.http.aclose()
            await teams.api.http.http.aclose()
