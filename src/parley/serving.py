"""Runs the bot in this process until a signal stops it.

1. At the first signal `/readyz` answers 503 and no more turns begin. Messages that still arrive are stored for the next
   process.
2. The turns in progress get SHUTDOWN_GRACE to end. Those that are unfinished then are left to the next process.
3. The server stops, then everything that it uses.

A second signal ends step 2.
"""

import asyncio
import faulthandler
import logging
import signal
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from .app import open_app
from .connection_limits import BoundedConnection, max_batch
from .models import describe_model
from .operator_errors import OperatorError
from .probes import Probes
from .settings import Settings
from .storage import exclusive_lock

logger = logging.getLogger(__name__)

# Connections that the system queues until the event loop accepts them. uvicorn's `backlog` also sets how many the event
# loop accepts at once, each with a file descriptor; that number must be small.
_BACKLOG = 1_024

# Seconds that a connection is kept without a request. Closing it loses a request that is on its way, which happens
# often with uvicorn's five seconds.
_KEEP_ALIVE = 75

# The bot has no pages, and no response that a cache may keep.
_HEADERS = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
]

# Seconds that requests may take to finish after the turns.
REQUEST_GRACE = 5

# Seconds after SHUTDOWN_GRACE until the process ends, whatever hangs. Cancelled turns take at most 4 of them, requests
# 5 and MCP servers 11.
CLOSING_GRACE = 25


async def serve(settings: Settings, *, runs_turns: bool) -> None:
    """Receive the activities of Teams and, if `runs_turns`, answer them.

    Raises:
        PortError: the port cannot be listened on.
        UnusableDatabaseError: the database cannot be used, or another bot uses it.
    """
    stop = _stop_on_signals(settings.shutdown_grace)
    # The process that holds these may still answer the turns that this one would find unfinished.
    with listen(settings.host, settings.port) as listener, exclusive_lock(settings.database_url):
        async with open_app(settings, runs_turns=runs_turns) as bot:
            server = new_server(bot.server, grace=REQUEST_GRACE, access_log=settings.log_level == "DEBUG")
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            if runs_turns:
                logger.info("Answering with %s", describe_model(settings))
            access = " (open: requests need no token)" if settings.dangerously_allow_unauthenticated_requests else ""
            logger.info("Listening on http://%s:%d/api/messages%s", settings.host, settings.port, access)
            await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
            logger.info("Stopping")
            await bot.queue.stop(settings.shutdown_grace)
            server.should_exit = True
            await serving


async def work(settings: Settings) -> None:
    """Answer the activities that other processes receive.

    Raises:
        PortError: PROBE_PORT cannot be listened on.
        UnusableDatabaseError: the database cannot be used.
    """
    stop = _stop_on_signals(settings.shutdown_grace)
    with _listen_for_probes(settings) as listener:
        async with open_app(settings) as bot, _serving_probes(bot.probes, listener):
            logger.info("Answering with %s", describe_model(settings))
            await stop.wait()
            logger.info("Stopping")
            await bot.queue.stop(settings.shutdown_grace)


def _listen_for_probes(settings: Settings) -> AbstractContextManager[socket.socket | None]:
    if settings.probe_port is None:
        return nullcontext()
    return listen(settings.host, settings.probe_port, setting="PROBE_PORT")


@asynccontextmanager
async def _serving_probes(probes: Probes, listener: socket.socket | None) -> AsyncGenerator[None]:
    """Serve the probes until the block ends, if there is a listener."""
    if listener is None:
        yield
        return
    app = Starlette()
    probes.register(app)
    server = new_server(app, grace=REQUEST_GRACE)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    host, port = listener.getsockname()
    logger.info("Probes on http://%s:%d/healthz and /readyz", host, port)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


# On Windows a parent stops its child with SIGBREAK.
_STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def _stop_on_signals(grace: float) -> asyncio.Event:
    """The event that the first signal sets. The second signal cancels the running task.

    A thread that hangs, or a blocked event loop, cannot keep the process: `faulthandler` writes where each thread hangs
    and ends the process from outside of Python.
    """
    loop, task, stop = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    assert task

    def handle() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    def receive(_number: int, _frame: object) -> None:
        seconds = CLOSING_GRACE if stop.is_set() else grace + CLOSING_GRACE
        faulthandler.dump_traceback_later(seconds, exit=True)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(handle)

    for number in _STOP_SIGNALS:
        signal.signal(number, receive)
    return stop


class PortError(OperatorError):
    """The port cannot be listened on."""

    def __init__(self, problem: str, setting: str) -> None:
        super().__init__(problem)
        self.setting = setting

    @property
    def line(self) -> str:
        return f"{self}; free it, or set {self.setting} to another"


def listen(host: str, port: int, *, setting: str = "PORT") -> socket.socket:
    """A socket that accepts connections. Port 0 stands for any free port. `setting` has the port, for the operator.

    Raises:
        PortError: the port cannot be listened on.
    """
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise PortError(f"port {port} cannot be listened on: {error.strerror}", setting) from error
    # Else the second packet of each response waits about 40 ms for the acknowledgement of the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener


def new_server(app: ASGIApp, *, grace: int, access_log: bool = False) -> "Server":
    """The HTTP server of an application. When it stops, requests get `grace` seconds to end."""
    config = uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=access_log,
        backlog=max_batch(),
        server_header=False,
        headers=_HEADERS,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=grace,
    )
    return Server(config)


class Server(uvicorn.Server):
    """uvicorn's server without its signal handlers: turns end before the server does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_BACKLOG)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
