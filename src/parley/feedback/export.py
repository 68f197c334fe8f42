"""Exports the feedback as JSON Lines or CSV."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection, select

from ..chat import without_quoted_authors
from ..storage.tables import Feedback
from . import Format, Reaction

# The order stays, because programs rely on it. New columns go to the end.
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

# Columns that identify the user, as the id of a 1:1 chat does.
_IDENTIFYING_COLUMNS = ("user_name", "user_id", "asked_by", "conversation_id", "message_id")

_ROWS_PER_FETCH = 100

# The beginning of a formula in a cell: https://owasp.org/www-community/attacks/CSV_Injection
# Spreadsheets skip invisible characters before it, and some accept full-width signs.
_FORMULA = re.compile(r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

# Line ends of Unicode that JSON does not escape.
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
    """Write the feedback while it is fetched, the oldest first.

    Args:
        connection: The database.
        output: A text file without translation of line ends.
        format: The format of the output.
        since: Only feedback given or changed since then.
        reaction: Only this reaction.
        with_names: Include users, conversations and messages.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: The database failed.
        OSError: The output cannot be written.
    """
    columns = _COLUMNS + _IDENTIFYING_COLUMNS if with_names else _COLUMNS
    _WRITERS[format](output, columns, _records(connection, columns, since, reaction))


def _records(
    connection: Connection, columns: tuple[str, ...], since: datetime | None, reaction: Reaction | None
) -> Iterator[Record]:
    query = select(*(getattr(Feedback, name) for name in columns)).order_by(Feedback.id)
    if since:
        query = query.where(Feedback.updated_at >= since)
    if reaction:
        query = query.where(Feedback.reaction == reaction)
    for row in connection.execute(query.execution_options(yield_per=_ROWS_PER_FETCH)).mappings():
        record = {name: _presentable(value) for name, value in row.items()}
        if "asked_by" not in record and record["question"]:
            record["question"] = without_quoted_authors(record["question"])
        yield record


def _presentable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return round(value, 3) if isinstance(value, float) else value  # milliseconds


def _write_jsonl(output: TextIO, _columns: tuple[str, ...], records: Iterator[Record]) -> None:
    for record in records:
        output.write(json.dumps(record, ensure_ascii=False).translate(_LINE_ENDS) + "\n")


def _write_csv(output: TextIO, columns: tuple[str, ...], records: Iterator[Record]) -> None:
    """Write CSV (RFC 4180) with a header. An apostrophe before a formula makes spreadsheets show it as text."""
    writer = csv.DictWriter(output, columns)
    writer.writeheader()
    for record in records:
        writer.writerow({name: _escape_formula(value) for name, value in record.items()})


def _escape_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


_WRITERS: dict[Format, Callable[[TextIO, tuple[str, ...], Iterator[Record]], None]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
}
