"""The command line: `parley`, or `python -m parley`."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
import textwrap
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.metadata import version

import uvicorn
from dotenv import dotenv_values, find_dotenv

from .app import open_app
from .chat import describe
from .logs import configure_logging
from .settings import SettingDoc, Settings, SettingsError, documented
from .storage import UnusableDatabaseError

logger = logging.getLogger("parley")

# Seconds that turns in progress may take to end when the bot is stopped.
SHUTDOWN_GRACE = 25


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit code: 0 stopped as asked, 1 failed, 2 wrong settings."""
    _parser().parse_args(arguments)
    try:
        settings = Settings.load({**dotenv_values(find_dotenv(usecwd=True)), **os.environ})
        configure_logging(settings.log_level, settings.secrets())
        asyncio.run(serve(settings))
    except SettingsError as error:
        for problem in error.problems:
            print(f"parley: {problem}", file=sys.stderr)
        return 2
    except PortError as error:
        print(f"parley: {error}; free it, or set PORT to another", file=sys.stderr)
        return 1
    except UnusableDatabaseError as error:
        print(f"parley: the database at DATABASE_URL cannot be used: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass
    logger.info("Stopped")
    return 0


async def serve(settings: Settings) -> None:
    """Serve the bot until a signal ends it.

    Raises:
        PortError: the port cannot be listened on.
    """
    _cancel_on_signals()
    async with open_app(settings) as app:
        logger.info("Answering with %s", describe(settings))
        with _listen(settings) as listener:
            config = uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=settings.log_level == "DEBUG",
                timeout_graceful_shutdown=SHUTDOWN_GRACE,
            )
            logger.info("Listening on http://%s:%d/api/messages", settings.host, settings.port)
            await _Server(config).serve(sockets=[listener])


# On Windows a parent process stops its child with SIGBREAK.
_STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def _cancel_on_signals() -> None:
    """Let a signal end the running task in order, until the server takes the signals over."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(task.cancel))


class PortError(Exception):
    """The port cannot be listened on."""


def _listen(settings: Settings) -> socket.socket:
    try:
        listener = socket.create_server((settings.host, settings.port))
    except OSError as error:
        raise PortError(f"port {settings.port} cannot be listened on: {error.strerror}") from error
    # Else the second packet of each response waits for the receipt of the first: about 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener


class _Server(uvicorn.Server):
    """uvicorn's server, except that it returns when a signal stops it instead of raising the signal once more: what
    the server stands on is closed after it, in order."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        handlers = {number: signal.signal(number, self.handle_exit) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parley",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Serve the Parley bot. Teams sends its messages to http://HOST:PORT/api/messages.",
        epilog="settings, from the environment or a .env file:\n\n" + "\n".join(map(_help, documented())),
    )
    parser.add_argument("--version", action="version", version=f"parley {version('parley')}")
    return parser


def _help(setting: SettingDoc) -> str:
    default = f" (default: {setting.default})" if setting.default else ""
    text = f"{setting.description} Takes {setting.expected}{default}."
    return f"  {setting.name}\n" + textwrap.indent(textwrap.fill(text, width=100), " " * 6)


if __name__ == "__main__":
    sys.exit(main())
