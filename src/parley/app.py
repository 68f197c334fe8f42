"""The composition root: settings in, a wired app out."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from microsoft_teams.ai import Function
from opentelemetry import metrics

from .attachments import create_download_client, create_reader
from .chat import Chat, History
from .feedback.store import FeedbackStore
from .gate import open_gate
from .handlers import Services, register_handlers
from .inbox import Inbox, LocalQueue, Queue, Runner, TurnStore, Typing
from .limits import Tenants, UsageLimits
from .models import model_name, open_model
from .probes import register_probes
from .replies import Replies
from .settings import Settings
from .storage import Database, UnusableDatabaseError, check_database, delete_expired_periodically, open_database
from .tasks import running
from .teams import close_teams, cloud_of, create_teams, send_typing
from .tools import TOOLS

logger = logging.getLogger(__name__)

# Seconds between two looks for edits of messages that are being answered here; another process may have taken them in.
_LOOK_EVERY = 1.0


@dataclass(frozen=True)
class Bot:
    """The bot, with everything it needs open."""

    server: FastAPI
    """The ASGI application that Teams sends to."""
    turns: Queue
    """The turns that are to be taken. They are to be stopped before the server is."""


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    works: bool = True,
    tools: Sequence[Function[Any]] = TOOLS,
    tool_patience: float = 0,
) -> AsyncGenerator[Bot]:
    """The bot, with everything it needs open; closed when the block ends.

    Args:
        settings: what the bot is like.
        works: whether it answers what it takes in.
        tools: the bot's own tools; those of MCP servers are added.
        tool_patience: for how many seconds at most the start waits for the tools of MCP servers.

    Raises:
        SettingsError: an extra package that the settings ask for is missing.
        UnusableDatabaseError: the database cannot be opened.
    """
    _leave_out_metrics()
    server = FastAPI(openapi_url=None)
    cloud = cloud_of(settings)
    tenants = Tenants(settings.allowed_tenants)
    async with (
        open_gate(server, settings, cloud, tenants) as gate,
        open_database(settings.database_url, connections=settings.database_connections) as database,
        open_model(settings) as model,
        _open_tools(settings, tools, works=works, patience=tool_patience) as all_tools,
        create_download_client() as http,
    ):
        teams = create_teams(settings, cloud, gate)

        async def sign_in() -> str | None:
            token = await teams.token_provider.get_app_token()
            return str(token) if token else None

        reader = create_reader(settings, http, sign_in)
        chat = Chat(
            model=model,
            model_name=model_name(settings),
            instructions=settings.bot_instructions,
            history=History(database, max_tokens=settings.memory_max_tokens),
            stateful=settings.bot_stateful,
            tools=all_tools,
        )
        allowance = UsageLimits(
            database,
            turns_per_minute=settings.turns_per_user_per_minute,
            tokens_per_day=settings.tokens_per_user_per_day,
        )
        replies = Replies(settings.text_format, settings.allowed_image_hosts)
        register_handlers(teams, Services(chat, reader, replies, tenants, allowance, FeedbackStore(database)))
        await teams.initialize()
        process = teams.server.on_request
        assert process
        ledger = TurnStore(
            database,
            max_waiting=settings.max_waiting_turns,
            max_attempts=settings.max_turn_attempts,
            retention=timedelta(hours=settings.turn_retention),
        )
        runner = Runner(ledger, process)
        turns = _open_queue(settings, database, ledger, runner.run, Typing(ledger, partial(send_typing, teams, cloud)))
        # What the SDK would do at once, keeping Teams waiting, is what the turns do.
        teams.server.on_request = Inbox(ledger, turns, runner, process).receive

        async def is_usable() -> bool:
            try:
                await check_database(database)
            except UnusableDatabaseError as error:
                logger.warning("Not ready: the database cannot be used: %s", error)
                return False
            return True

        register_probes(server, is_stopping=lambda: turns.is_stopping, is_usable=is_usable)
        if works:
            await turns.start()
        # Of what another process takes in, nothing else tells this one.
        watching = runner.watch(every=_LOOK_EVERY if settings.is_shared else None)
        try:
            async with running(watching, delete_expired_periodically(ledger.delete_old, allowance.delete_old)):
                yield Bot(server, turns)
        finally:
            await turns.stop(grace=0)
            await teams.stop()
            await close_teams(teams)


def _leave_out_metrics() -> None:
    """Have nobody keep the Teams SDK's metrics, unless somebody collects them.

    The SDK makes new instruments at every call, and OpenTelemetry's stand-in for a provider keeps all of them, for the
    one that may come: three kilobytes a turn, for ever.
    """
    provider = metrics.get_meter_provider()
    if not isinstance(provider, metrics.NoOpMeterProvider) and not hasattr(provider, "force_flush"):
        metrics.set_meter_provider(metrics.NoOpMeterProvider())


@asynccontextmanager
async def _open_tools(
    settings: Settings, own: Sequence[Function[Any]], *, works: bool, patience: float
) -> AsyncGenerator[Iterable[Function[Any]]]:
    if not (settings.mcp_servers and works):
        yield own
        return
    from .tools.mcp.toolbox import open_toolbox  # takes more than half a second to import

    async with open_toolbox(
        own, settings.mcp_servers, tool_timeout=settings.tool_timeout, patience=patience
    ) as toolbox:
        yield toolbox


def _open_queue(
    settings: Settings,
    database: Database,
    ledger: TurnStore,
    run: Callable[[int], Awaitable[bool]],
    typing: Typing,
) -> Queue:
    if not settings.is_shared:
        return LocalQueue(ledger, run, max_concurrent=settings.max_concurrent_turns, typing=typing)
    from .inbox.postgres_queue import PostgresQueue  # an extra, which SQLite does not need

    return PostgresQueue(
        database,
        run,
        max_concurrent=settings.max_concurrent_turns,
        takeover=settings.turn_takeover,
        typing=typing,
    )
