"""The command line: `parley`, or `python -m parley`.

Each command imports what it needs when it is run: all together takes seconds.
"""

import argparse
import asyncio
import errno
import io
import logging
import os
import sys
import textwrap
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from dotenv import find_dotenv

from . import feedback
from .errors import OperatorError
from .logs import configure_logging
from .settings import (
    DatabaseSettings,
    Environment,
    SettingDoc,
    Settings,
    SettingsError,
    documented,
    find_misspelt,
    find_unparsed,
    read_environment,
)

logger = logging.getLogger("parley")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0 done, or a bot stopped as asked, 1 failed, 2 wrong settings, 130 broken
    off by Ctrl-C."""
    _prepare_streams()
    options = _parser().parse_args(arguments)
    try:
        return options.run(options, _environment(is_examined=options.run is _doctor))
    except SettingsError as error:
        for problem in error.problems:
            print(f"parley: {problem}", file=sys.stderr)
        return 2
    except OperatorError as error:
        print(f"parley: {error.line}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        logger.info("Stopped")
        return 0 if options.run in (_serve, _work) else 130
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be written
        if error.errno == errno.ENOSPC:
            print(f"parley: {error.strerror}", file=sys.stderr)
        return 1  # with a closed pipe, who reads the output has seen enough


def _prepare_streams() -> None:
    """A stream that is closed is no reason to break off, nor a terminal that does not have every character."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, errors="replace"))  # noqa: SIM115, it stays open
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _environment(*, is_examined: bool) -> Environment:
    """All variables. What is wrong with the `.env` file is told here, unless it is examined."""
    file = find_dotenv(usecwd=True)
    try:
        environment = read_environment(file)
    except SettingsError:
        if not is_examined:
            raise
        os.environ["PYTHON_DOTENV_DISABLED"] = "1"  # the Teams SDK would read the file, too
        return os.environ
    if not is_examined:
        for line in find_unparsed(file) + find_misspelt(file, environment):
            print(f"parley: {line}", file=sys.stderr)
    return environment


def _serve(options: argparse.Namespace, environment: Environment) -> int:
    from .serving import serve

    settings = Settings.load(environment)
    if options.no_worker:
        _want_shared(settings)
    return _run(serve(settings, works=not options.no_worker), settings)


def _work(_options: argparse.Namespace, environment: Environment) -> int:
    from .serving import work

    settings = Settings.load(environment)
    _want_shared(settings)
    return _run(work(settings), settings)


def _upgrade(_options: argparse.Namespace, environment: Environment) -> int:
    from .storage import upgrade

    settings = DatabaseSettings.load(environment)
    configure_logging(settings.log_level, settings.secrets())
    upgrade(settings.database_url)
    print("The database is prepared for this version of Parley.")
    return 0


def _chat(options: argparse.Namespace, environment: Environment) -> int:
    if len(options.question) > 1:
        print(f'parley: put the question in quotes: parley chat "{" ".join(options.question)}"', file=sys.stderr)
        return 2
    with _starting() as end:
        from .terminal import chat

        return asyncio.run(chat(environment, *options.question, on_start=end))


@contextmanager
def _starting() -> Generator[Callable[[], None]]:
    """Show "Starting..." in a terminal until the given function is called, or the block ends."""
    line, end = "Starting...", ""
    if sys.stderr.isatty():
        end = " " * len(line) + "\r"
        print(line, end="\r", file=sys.stderr, flush=True)

    def erase() -> None:
        nonlocal end
        print(end, end="", file=sys.stderr, flush=True)
        end = ""

    try:
        yield erase
    finally:
        erase()


def _doctor(_options: argparse.Namespace, environment: Environment) -> int:
    from .terminal import diagnose

    configure_logging("CRITICAL", [])  # what goes wrong is what is found
    return 0 if asyncio.run(diagnose(environment)) else 1


def _want_shared(settings: Settings) -> None:
    if not settings.is_shared:
        raise SettingsError(
            ["DATABASE_URL is of SQLite, for one process: expected PostgreSQL, or 'parley serve' alone"]
        )


def _run(bot: Coroutine[Any, Any, None], settings: Settings) -> int:
    configure_logging(settings.log_level, settings.secrets())
    # Of the event loops of Windows, psycopg runs in this one only.
    on_windows = sys.platform == "win32" and settings.is_shared
    asyncio.run(bot, loop_factory=asyncio.SelectorEventLoop if on_windows else None)
    logger.info("Stopped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parley",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Parley, an AI chat bot for Microsoft Teams. Without a command it serves.",
        epilog="settings, from the environment or a .env file:\n\n" + "\n".join(map(_help, documented())),
    )
    parser.add_argument("--version", action="version", version=f"parley {version('parley')}")
    parser.set_defaults(run=_serve, no_worker=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serving = commands.add_parser(
        "serve",
        help="take messages in and answer them",
        description="Serve the bot. Teams sends its messages to http://HOST:PORT/api/messages.",
    )
    serving.add_argument(
        "--no-worker", action="store_true", help="leave the answering to other processes; with PostgreSQL only"
    )
    serving.set_defaults(run=_serve)
    working = commands.add_parser(
        "worker",
        help="answer what other processes take in; with PostgreSQL only",
        description="Answer what processes with the same DATABASE_URL take in, without listening on a port.",
    )
    working.set_defaults(run=_work)
    chatting = commands.add_parser(
        "chat",
        help="talk to the bot here, without Teams",
        description="Talk to a bot with these settings, but without Teams, its credentials, or a port that others "
        "reach. Without a question it takes one line of the input after the other. It keeps what is said in a database "
        "of its own, which goes when it ends: a bot that runs meanwhile has nothing to do with it, and DATABASE_URL is "
        "not looked at. Ctrl-C stops an answer; without one, it leaves, as Ctrl-D and /exit do.",
        epilog="exit codes: 0 done, 1 an answer failed, 2 wrong settings, 130 an answer was stopped",
    )
    chatting.add_argument("question", nargs="*", metavar="QUESTION", help="ask this alone")
    chatting.set_defaults(run=_chat)
    examining = commands.add_parser(
        "doctor",
        help="look for what is wrong, and say what to do about it",
        description="Check settings, versions, the database, the model (with one tiny request), MCP servers, the "
        "credentials for Teams, the keys of its tokens and the port. Nothing is changed.",
        epilog="exit codes: 0 nothing is broken, 1 something is",
    )
    examining.set_defaults(run=_doctor)
    database = commands.add_parser("db", help="look after the database", description="Look after the database.")
    upgrading = database.add_subparsers(metavar="COMMAND", required=True).add_parser(
        "upgrade",
        help="prepare a new database, or bring one up to date",
        description="Prepare a new database at DATABASE_URL, or bring one up to date. No other setting is needed.",
    )
    upgrading.set_defaults(run=_upgrade)
    feedback.add_command(commands.add_parser)
    return parser


def _help(setting: SettingDoc) -> str:
    default = f" (default: {setting.default})" if setting.default else ""
    text = f"{setting.description} Takes {setting.expected}{default}."
    return f"  {setting.name}\n" + textwrap.indent(textwrap.fill(text, width=100), " " * 6)


if __name__ == "__main__":
    sys.exit(main())
