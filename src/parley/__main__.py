"""The command line: `parley`, or `python -m parley`.

Each command imports its modules when it runs: importing all of them takes seconds, and the settings half of one.
"""

import argparse
import asyncio
import errno
import io
import logging
import os
import shutil
import sys
import textwrap
from collections.abc import Coroutine, Sequence
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .feedback.command import add_command as add_feedback_command
from .logs import configure_logging
from .operator_errors import OperatorError

if TYPE_CHECKING:
    from .settings import Environment, Settings

logger = logging.getLogger("parley")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, or a bot was stopped; 1 failed; 2 wrong settings; 130 Ctrl-C."""
    _prepare_streams()
    options = _parser().parse_args(arguments)
    from .settings import SettingsError

    try:
        return options.run(options, _environment(for_doctor=options.run is _doctor))
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes it at its end
        if error.errno == errno.ENOSPC:
            print(f"parley: {error.strerror}", file=sys.stderr)
        return 1  # a reader that closes the pipe has seen enough


def _prepare_streams() -> None:
    """Let commands run with a closed stream, or with a terminal that lacks some characters."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, errors="replace"))  # noqa: SIM115, it stays open
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _environment(*, for_doctor: bool) -> "Environment":
    """All variables. Reports problems of the `.env` file, unless `parley doctor` does it."""
    from dotenv import find_dotenv

    from .settings import SettingsError, find_misspelt, find_unparsed, read_environment

    file = find_dotenv(usecwd=True)
    try:
        environment = read_environment(file)
    except SettingsError:
        if not for_doctor:
            raise
        os.environ["PYTHON_DOTENV_DISABLED"] = "1"  # else the Teams SDK reads the file and fails
        return os.environ
    if not for_doctor:
        for line in find_unparsed(file) + find_misspelt(file, environment):
            print(f"parley: {line}", file=sys.stderr)
    return environment


def _serve(options: argparse.Namespace, environment: "Environment") -> int:
    from .serving import serve
    from .settings import Settings

    settings = Settings.load(environment)
    if options.no_worker:
        _require_shared(settings)
    return _run(serve(settings, runs_turns=not options.no_worker), settings)


def _work(_options: argparse.Namespace, environment: "Environment") -> int:
    from .serving import work
    from .settings import Settings

    settings = Settings.load(environment)
    _require_shared(settings)
    return _run(work(settings), settings)


def _upgrade(_options: argparse.Namespace, environment: "Environment") -> int:
    from .settings import DatabaseSettings
    from .storage import upgrade

    settings = DatabaseSettings.load(environment)
    configure_logging(settings.log_level, settings.secrets())
    upgrade(settings.database_url)
    print("The database is prepared for this version of Parley.")
    return 0


def _chat(options: argparse.Namespace, environment: "Environment") -> int:
    if len(options.question) > 1:
        print(f'parley: put the question in quotes: parley chat "{" ".join(options.question)}"', file=sys.stderr)
        return 2
    from .terminal.session import chat

    return asyncio.run(chat(environment, *options.question, files=options.file))


def _doctor(_options: argparse.Namespace, environment: "Environment") -> int:
    from .terminal.doctor import diagnose

    configure_logging("CRITICAL", [])  # the findings report the errors
    return 0 if asyncio.run(diagnose(environment)) else 1


def _list_settings(_options: argparse.Namespace, environment: "Environment") -> int:
    from .settings import documented

    width = min(100, shutil.get_terminal_size().columns)
    for group, settings in groupby(documented(), lambda setting: setting.group):
        print(textwrap.fill(group, width))
        for setting in settings:
            is_set = "  (set)" if environment.get(setting.name) else ""
            print(f"\n  {setting.name}={setting.default}{is_set}")
            text = f"{setting.description} Takes {setting.expected}."
            print(textwrap.fill(text, width, initial_indent=" " * 6, subsequent_indent=" " * 6, break_long_words=False))
        print()
    return 0


def _require_shared(settings: "Settings") -> None:
    from .settings import SettingsError

    if not settings.is_shared:
        raise SettingsError(
            ["DATABASE_URL is of SQLite, for one process: expected PostgreSQL, or 'parley serve' alone"]
        )


def _run(bot: Coroutine[Any, Any, None], settings: "Settings") -> int:
    configure_logging(settings.log_level, settings.secrets())
    # On Windows psycopg runs only in this event loop.
    on_windows = sys.platform == "win32" and settings.is_shared
    asyncio.run(bot, loop_factory=asyncio.SelectorEventLoop if on_windows else None)
    logger.info("Stopped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parley",
        description="Parley, an AI chat bot for Microsoft Teams. Without a command it runs 'serve'.",
        epilog="Settings come from the environment or a .env file; 'parley settings' describes them all.",
    )
    parser.add_argument("--version", action="version", version=f"parley {version('parley')}")
    parser.set_defaults(run=_serve, no_worker=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="receive messages and answer them",
        description="Serve the bot. Teams sends messages to http://HOST:PORT/api/messages.",
    )
    serve.add_argument(
        "--no-worker", action="store_true", help="only receive messages; workers answer them (PostgreSQL only)"
    )
    serve.set_defaults(run=_serve)
    worker = commands.add_parser(
        "worker",
        help="answer messages that other processes receive (PostgreSQL only)",
        description="Answer messages that other processes with the same DATABASE_URL receive. Listens on PROBE_PORT, "
        "if that is set, and on no other port.",
    )
    worker.set_defaults(run=_work)
    chat = commands.add_parser(
        "chat",
        help="talk to the bot in the terminal, without Teams",
        description="Talk to a bot that has these settings, but no credentials for Teams, no port that others can "
        "reach, and a temporary database instead of DATABASE_URL. Without a QUESTION each line of the input is a "
        "message, '/attach PATH' sends a file with the next one, and '/exit' leaves, as Ctrl-D does. Ctrl-C stops an "
        "answer, clears a line, or leaves.",
        epilog="exit codes: 0 done, 1 an answer failed (with the reason on standard error), 2 wrong settings, 130 an "
        "answer was stopped",
    )
    chat.add_argument("question", nargs="*", metavar="QUESTION", help="send only this message")
    chat.add_argument("--file", action="append", default=[], metavar="PATH", help="attach a file; may be repeated")
    chat.set_defaults(run=_chat)
    settings = commands.add_parser(
        "settings",
        help="describe the settings",
        description="Describe all settings in groups, with their defaults, and mark those that are set.",
    )
    settings.set_defaults(run=_list_settings)
    doctor = commands.add_parser(
        "doctor",
        help="find problems, and what to do about them",
        description="Check the settings, versions, the database, the model (with one small request), MCP servers, the "
        "credentials for Teams, the keys of its tokens and the port. Changes nothing.",
        epilog="exit codes: 0 no check failed, 1 a check failed",
    )
    doctor.set_defaults(run=_doctor)
    database = commands.add_parser("db", help="manage the database", description="Manage the database.")
    upgrade = database.add_subparsers(metavar="COMMAND", required=True).add_parser(
        "upgrade",
        help="create the tables, or upgrade them",
        description="Create the tables at DATABASE_URL, or upgrade those of an older version. Needs no other setting.",
    )
    upgrade.set_defaults(run=_upgrade)
    add_feedback_command(commands.add_parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
