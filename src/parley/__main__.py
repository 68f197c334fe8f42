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
    """Serve the bot until a signal ends it. What is being answered then may end, a second signal cuts it off.

    Raises:
        PortError: the port cannot be listened on.
    """
    stop = _stop_on_signals()
    async with open_app(settings) as bot:
        logger.info("Answering with %s", describe(settings))
        with _listen(settings) as listener:
            config = uvicorn.Config(
                bot.server, lifespan="off", log_config=None, access_log=settings.log_level == "DEBUG"
            )
            server = _Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            logger.info("Listening on http://%s:%d/api/messages", settings.host, settings.port)
            await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
            logger.info("Stopping")
            await bot.turns.stop(settings.shutdown_grace)
            server.should_exit = True
            await serving


# On Windows a parent process stops its child with SIGBREAK.
_STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def _stop_on_signals() -> asyncio.Event:
    """The event that the first signal sets. Another one ends the running task."""
    loop, task, stop = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    assert task

    def note() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    for number in _STOP_SIGNALS:
        signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(note))
    return stop


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
    """uvicorn's server, which leaves the signals to us: the turns end before it does."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


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
