"""What people think of the answers, as a file."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection, select

from ..chat import without_quoted_authors
from ..storage.tables import Feedback
from .store import Format, Reaction

# In this order, which stays: whoever reads the files counts on it, and new ones go to the end.
_COLUMNS = (
    "id",
    "created_at",
    "updated_at",
    "reaction",
    "comment",
    "question",
    "answer",
    "model",
    "instructions_version",
    "latency",
    "input_tokens",
    "output_tokens",
)

# Who it was, or what leads there: the id of a 1:1 chat is as good as that of its person.
_PERSONAL_COLUMNS = ("user_name", "user_id", "asked_by", "conversation_id", "message_id")

_ROWS_PER_FETCH = 100

# What makes a formula of a cell, see https://owasp.org/www-community/attacks/CSV_Injection
# Spreadsheets pass over what cannot be seen before it, and some take full-width signs for the others.
_FORMULA = re.compile(r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

# What JSON lets stand in a text, and Unicode takes for the end of a line.
_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}

Record = dict[str, Any]


def export(
    connection: Connection,
    output: TextIO,
    *,
    format: Format,
    since: datetime | None = None,
    reaction: Reaction | None = None,
    with_names: bool = False,
) -> None:
    """Write all opinions, the oldest first, as they are fetched.

    Args:
        connection: the database.
        output: where to, opened without translation of line ends.
        format: in which form.
        since: leave out those that were given, and not changed, before that.
        reaction: leave out the other one.
        with_names: also tell who they are of, and of which message.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: they cannot be read.
        OSError: they cannot be written.
    """
    columns = _COLUMNS + _PERSONAL_COLUMNS if with_names else _COLUMNS
    _WRITERS[format](output, columns, _records(connection, columns, since, reaction))


def _records(
    connection: Connection, columns: tuple[str, ...], since: datetime | None, reaction: Reaction | None
) -> Iterator[Record]:
    wanted = select(*(getattr(Feedback, name) for name in columns)).order_by(Feedback.id)
    if since:
        wanted = wanted.where(Feedback.updated_at >= since)
    if reaction:
        wanted = wanted.where(Feedback.reaction == reaction)
    for row in connection.execute(wanted.execution_options(yield_per=_ROWS_PER_FETCH)).mappings():
        record = {name: _iso(value) if isinstance(value, datetime) else value for name, value in row.items()}
        if "asked_by" not in record and record["question"]:
            record["question"] = without_quoted_authors(record["question"])
        yield record


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _write_jsonl(output: TextIO, _columns: tuple[str, ...], records: Iterator[Record]) -> None:
    for record in records:
        output.write(json.dumps(record, ensure_ascii=False).translate(_LINE_ENDS) + "\n")


def _write_csv(output: TextIO, columns: tuple[str, ...], records: Iterator[Record]) -> None:
    """By RFC 4180, with a line of names. A text that a spreadsheet would take for a formula begins with an apostrophe,
    which makes it a text there."""
    writer = csv.DictWriter(output, columns)
    writer.writeheader()
    for record in records:
        writer.writerow({name: _disarm(value) for name, value in record.items()})


def _disarm(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


_WRITERS: dict[Format, Callable[[TextIO, tuple[str, ...], Iterator[Record]], None]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
}
