"""Runs the bot in this process, until a signal ends it.

1. The first signal: `/readyz` says that the process stops, and no more turns are begun. Messages that still arrive are
   stored, for the next process.
2. The turns that are being taken get SHUTDOWN_GRACE to end. What is unfinished then is left to the next process.
3. The server stops, then what it stands on.

A second signal cuts the waiting short.
"""

import asyncio
import faulthandler
import logging
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from .app import open_app
from .connections import BoundedConnection, max_batch
from .errors import OperatorError
from .models import describe_model
from .settings import Settings
from .storage import exclusive_lock

logger = logging.getLogger(__name__)

# Connections that the system keeps waiting until the event loop takes them. uvicorn's `backlog` is that number and
# the number that the event loop takes at once, each with a file descriptor: that one must be small.
_QUEUE = 1_024

# Seconds that a connection is kept without a request. One that is closed while a request is on its way loses it, which
# uvicorn's own five seconds let happen often.
_KEEP_ALIVE = 75

# The bot has no page, and nothing that anybody may keep.
_HEADERS = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
]

# Seconds that requests may take to end, once the turns have.
_REQUEST_GRACE = 5

# Seconds that all else may take to close, after the turns' grace. Then the process ends, whatever hangs.
_CLOSING_GRACE = 10


async def serve(settings: Settings, *, works: bool) -> None:
    """Take in what Teams sends and, if `works`, answer it.

    Raises:
        PortError: the port cannot be listened on.
        UnusableDatabaseError: the database cannot be used, or is that of another bot.
    """
    stop = _stop_on_signals(settings.shutdown_grace)
    # These come first: whoever has them may still be taking the turns that are found unfinished.
    with listen(settings.host, settings.port) as listener, exclusive_lock(settings.database_url):
        async with open_app(settings, works=works) as bot:
            server = new_server(bot.server, grace=_REQUEST_GRACE, access_log=settings.log_level == "DEBUG")
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            if works:
                logger.info("Answering with %s", describe_model(settings))
            logger.info("Listening on http://%s:%d/api/messages", settings.host, settings.port)
            await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
            logger.info("Stopping")
            await bot.turns.stop(settings.shutdown_grace)
            server.should_exit = True
            await serving


async def work(settings: Settings) -> None:
    """Answer what other processes have taken in."""
    stop = _stop_on_signals(settings.shutdown_grace)
    async with open_app(settings) as bot:
        logger.info("Answering with %s", describe_model(settings))
        await stop.wait()
        logger.info("Stopping")
        await bot.turns.stop(settings.shutdown_grace)


# On Windows a parent process stops its child with SIGBREAK.
_STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def _stop_on_signals(grace: float) -> asyncio.Event:
    """The event that the first signal sets. Another one ends the running task.

    A thread that hangs, or an event loop that is blocked, cannot keep the process: `faulthandler` ends it from outside
    of Python, after it has written where each thread hangs.
    """
    loop, task, stop = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    assert task

    def note() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    def hear(_number: int, _frame: object) -> None:
        seconds = _CLOSING_GRACE if stop.is_set() else grace + _CLOSING_GRACE
        faulthandler.dump_traceback_later(seconds, exit=True)
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(note)

    for number in _STOP_SIGNALS:
        signal.signal(number, hear)
    return stop


class PortError(OperatorError):
    """The port cannot be listened on."""

    @property
    def line(self) -> str:
        return f"{self}; free it, or set PORT to another"


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections; port 0 stands for any that is free.

    Raises:
        PortError: the port cannot be listened on.
    """
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise PortError(f"port {port} cannot be listened on: {error.strerror}") from error
    # Else the second packet of each response waits for the receipt of the first: about 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener


def new_server(app: ASGIApp, *, grace: int, access_log: bool = False) -> "Server":
    """A server of the application. When it stops, requests get `grace` seconds to end."""
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
    """uvicorn's server, which leaves the signals to us: the turns end before it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_QUEUE)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
