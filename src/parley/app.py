"""The composition root: opens every part and connects it to the next.

Teams ─> gate ─> inbox ─> handlers ─> chat ─> models ─> replies ─> Teams
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from microsoft_teams.ai import Function
from microsoft_teams.apps import App
from opentelemetry import metrics

from .attachments import create_download_client, create_reader
from .background import delete_expired_periodically, running
from .chat import Chat, History
from .feedback.store import FeedbackStore
from .gate import open_gate
from .handlers import Advice, Services, register_handlers
from .inbox import DelayMonitor, Inbox, LocalQueue, Queue, Runner, TurnStore, TypingIndicator
from .limits import Tenants, UsageLimits
from .models import Model, model_name, model_tools, open_model
from .probes import Probes
from .replies import TEAMS_LIMITS, ChannelLimits, Pace, Replies
from .settings import Settings
from .storage import Database, open_database
from .teams import cloud_of, open_teams, send_typing
from .tools import TOOLS

# Seconds between two looks for message updates that another process has received.
_UPDATES_EVERY = 1.0


@dataclass(frozen=True)
class Bot:
    """The bot, ready to be served."""

    server: FastAPI
    """The ASGI application that Teams sends to. It has the probes, too."""
    probes: Probes
    """The probes, for a server without anything else."""
    queue: Queue
    """The queue of turns. Stop it before the server."""
    runner: Runner
    """Counts the turns that were answered."""


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    runs_turns: bool = True,
    tools: Sequence[Function[Any]] = TOOLS,
    tool_start_timeout: float = 0,
    channel_limits: ChannelLimits = TEAMS_LIMITS,
) -> AsyncGenerator[Bot]:
    """Open and connect everything; close it when the block ends, or when the start fails.

    Args:
        settings: the bot's settings.
        runs_turns: False to receive turns only, for other processes to answer.
        tools: the bot's own tools. Those of MCP servers are added.
        tool_start_timeout: the most seconds that the start waits for the tools of MCP servers.
        channel_limits: the limits of what receives the bot's answers.

    Raises:
        SettingsError: an extra package that the settings ask for is missing.
        UnusableDatabaseError: the database cannot be opened.
    """
    _disable_metrics()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        database = await enter(open_database(settings.database_url, connections=settings.database_connections))
        tools = [*tools, *model_tools(settings)]
        all_tools = await enter(_open_tools(settings, tools, runs_turns=runs_turns, start_timeout=tool_start_timeout))

        # Teams ─> gate
        server, cloud, tenants = FastAPI(openapi_url=None), cloud_of(settings), Tenants(settings.allowed_tenants)
        gate = await enter(open_gate(server, settings, cloud, tenants))
        teams = await enter(open_teams(settings, cloud, gate))

        # handlers ─> chat ─> models ─> replies ─> Teams
        replies = Replies(settings.text_format, settings.allowed_image_hosts, Pace(channel_limits))
        chat = _create_chat(settings, database, await enter(open_model(settings)), all_tools, replies.instructions)
        reader = create_reader(settings, await enter(create_download_client()), partial(_app_token, teams))
        limits = _create_limits(settings, database)
        advice = Advice(settings, is_for_operator=settings.dangerously_allow_unauthenticated_requests)
        register_handlers(
            teams,
            Services(
                chat, reader, replies, tenants, limits, FeedbackStore(database), advice, settings.provider == "demo"
            ),
        )
        await teams.initialize()
        stack.push_async_callback(teams.stop)

        # gate ─> inbox ─> handlers: Teams need not wait for a turn, as it would for the SDK's own handling.
        handle, store = teams.server.on_request, _create_turn_store(settings, database)
        assert handle
        runner = Runner(store, handle)
        typing = TypingIndicator(store, partial(send_typing, teams, cloud), replies.pace)
        queue = _create_queue(settings, database, store, runner, typing)
        teams.server.on_request = Inbox(store, queue, runner, handle).receive

        stack.push_async_callback(queue.stop, grace=0)
        if runs_turns:
            await queue.start()
        updates = runner.watch(every=_UPDATES_EVERY if settings.is_shared else None)
        takeover = settings.turn_takeover if settings.is_shared else None
        delays = DelayMonitor(database, takeover=takeover, running=lambda: runner.running)
        expired = delete_expired_periodically(store.delete_old, limits.delete_old)
        await enter(running(updates, delays.watch(), expired))
        probes = Probes(database, is_stopping=lambda: queue.is_stopping, delays=lambda: delays.current)
        probes.register(server)
        yield Bot(server, probes, queue, runner)


def _create_chat(
    settings: Settings, database: Database, model: Model, tools: Iterable[Function[Any]], answer_format: str
) -> Chat:
    return Chat(
        model=model,
        model_name=model_name(settings),
        instructions=settings.bot_instructions,
        answer_format=answer_format,
        history=History(database, max_tokens=settings.memory_max_tokens),
        stateful=settings.bot_stateful,
        tools=tools,
    )


def _create_limits(settings: Settings, database: Database) -> UsageLimits:
    return UsageLimits(
        database,
        turns_per_minute=settings.turns_per_user_per_minute,
        tokens_per_day=settings.tokens_per_user_per_day,
    )


def _create_turn_store(settings: Settings, database: Database) -> TurnStore:
    return TurnStore(
        database,
        max_waiting=settings.max_waiting_turns,
        max_attempts=settings.max_turn_attempts,
        retention=timedelta(hours=settings.turn_retention),
        # The Agents Playground has the same conversations at each start, and shows nothing of what was said before.
        welcomes_again=settings.dangerously_allow_unauthenticated_requests,
    )


def _create_queue(
    settings: Settings, database: Database, store: TurnStore, runner: Runner, typing: TypingIndicator
) -> Queue:
    if not settings.is_shared:
        return LocalQueue(store, runner.run, max_concurrent=settings.max_concurrent_turns, typing=typing)
    from .inbox.postgres_queue import PostgresQueue  # an extra, which SQLite does not need

    return PostgresQueue(
        database,
        runner.run,
        max_concurrent=settings.max_concurrent_turns,
        takeover=settings.turn_takeover,
        typing=typing,
    )


@asynccontextmanager
async def _open_tools(
    settings: Settings, own: Sequence[Function[Any]], *, runs_turns: bool, start_timeout: float
) -> AsyncGenerator[Iterable[Function[Any]]]:
    if not (settings.mcp_servers and runs_turns):
        yield own
        return
    from .tools.mcp.toolbox import open_toolbox  # takes more than half a second to import

    async with open_toolbox(
        own, settings.mcp_servers, tool_timeout=settings.tool_timeout, start_timeout=start_timeout
    ) as toolbox:
        yield toolbox


async def _app_token(teams: App) -> str | None:
    """The bot's own token, None if it has no credentials."""
    token = await teams.token_provider.get_app_token()
    return str(token) if token else None


def _disable_metrics() -> None:
    """Keep the metrics of the Teams SDK from piling up where nobody collects them.

    The SDK makes new instruments at every call, and OpenTelemetry's proxy provider keeps all of them for a provider
    that may come: three kilobytes a turn.
    """
    provider = metrics.get_meter_provider()
    if not isinstance(provider, metrics.NoOpMeterProvider) and not hasattr(provider, "force_flush"):
        metrics.set_meter_provider(metrics.NoOpMeterProvider())
