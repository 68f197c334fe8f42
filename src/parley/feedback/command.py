"""`parley feedback`: export users' feedback, or summarize it."""

import argparse
import os
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO, get_args

from ..operator_errors import OperatorError
from . import Format, Reaction

if TYPE_CHECKING:
    from ..settings import Environment


class OutputError(OperatorError):
    """The output cannot be written."""


def add_command(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add `parley feedback`."""
    description = "Users' feedback on the answers, from the database at DATABASE_URL. No other setting is needed."
    feedback = add_parser("feedback", help="export or summarize users' feedback", description=description)
    commands = feedback.add_subparsers(metavar="COMMAND", required=True)
    exporting = commands.add_parser(
        "export",
        help="write it as JSON Lines or CSV",
        description="Write each click on a thumb with its question and answer, the oldest first, in UTF-8. In CSV, a "
        "text that a spreadsheet would take for a formula begins with an apostrophe.",
    )
    exporting.add_argument("--format", choices=get_args(Format), default="jsonl", help="jsonl (the default) or csv")
    _add_since(exporting)
    exporting.add_argument("--reaction", choices=get_args(Reaction), help="only this reaction")
    exporting.add_argument(
        "--with-names", action="store_true", help="include users' names and ids; texts are written as they are anyway"
    )
    exporting.add_argument("--output", metavar="FILE", help="the file to write, instead of standard output")
    exporting.set_defaults(run=_export)
    summarizing = commands.add_parser(
        "summary",
        help="count likes and dislikes",
        description="Count the likes and dislikes of each model and version of the instructions.",
    )
    _add_since(summarizing)
    summarizing.set_defaults(run=_summarize)


def _add_since(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="DATE",
        help="only feedback since then: a date, or date and time, in ISO 8601; in UTC unless it has a zone",
    )


def _export(options: argparse.Namespace, environment: "Environment") -> int:
    from ..settings import DatabaseSettings
    from ..storage import reading
    from .export import export

    settings = DatabaseSettings.load(environment)
    with reading(settings.database_url) as database, _output(options.output) as output:
        export(
            database,
            output,
            format=options.format,
            since=options.since,
            reaction=options.reaction,
            with_names=options.with_names,
        )
    return 0


def _summarize(options: argparse.Namespace, environment: "Environment") -> int:
    from ..settings import DatabaseSettings
    from ..storage import reading
    from .summary import summarize

    with reading(DatabaseSettings.load(environment).database_url) as database:
        for line in summarize(database, since=options.since):
            print(line)
    return 0


@contextmanager
def _output(path: str | None) -> Generator[TextIO]:
    """Open the file, or standard output, as UTF-8 text. A reader that closes the pipe is no error."""
    target = sys.stdout.fileno() if path is None else path
    try:
        with open(target, "w", encoding="utf-8", newline="", closefd=path is not None, opener=_open) as file:
            yield file
    except BrokenPipeError:
        pass
    except OSError as error:
        raise OutputError(f"Cannot write {path or 'standard output'}: {error.strerror}") from error


def _open(path: str, flags: int) -> int:
    """Open a file that only its owner can read, even if it existed before, because it holds users' texts."""
    file = os.open(path, flags, 0o600)
    if sys.platform != "win32" and stat.S_ISREG(os.fstat(file).st_mode):
        os.fchmod(file, 0o600)
    return file


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        example = "2026-01-31 or 2026-01-31T09:00+01:00"
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write it as {example}") from None
