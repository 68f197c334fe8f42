"""Summarizes the feedback for each model and version of the instructions."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from ..storage.tables import Feedback

_HEAD = ("likes", "dislikes", "liked", "model", "instructions")


def summarize(connection: Connection, *, since: datetime | None = None) -> Iterator[str]:
    """The lines of a table with a row for each model and version of the instructions, the newest last, and the total.

    Args:
        connection: The database.
        since: Only feedback given or changed since then.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: The database failed.
    """
    likes = func.count().filter(Feedback.reaction == "like")
    dislikes = func.count().filter(Feedback.reaction == "dislike")
    kinds = Feedback.model, Feedback.instructions_version
    query = select(likes, dislikes, *kinds).group_by(*kinds).order_by(func.max(Feedback.updated_at))
    if since:
        query = query.where(Feedback.updated_at >= since)
    counted = connection.execute(query).tuples().all()
    total = sum(row[0] for row in counted), sum(row[1] for row in counted), "all", ""
    rows = [_HEAD, *(_cells(*row) for row in [*counted, total])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        numbers = [cell.rjust(width) for cell, width in zip(row[:3], widths, strict=False)]
        yield "  ".join([*numbers, row[3].ljust(widths[3]), row[4]]).rstrip()


def _cells(likes: int, dislikes: int, model: str | None, instructions: str | None) -> tuple[str, ...]:
    share = f"{likes / (likes + dislikes):.0%}" if likes + dislikes else "-"
    return str(likes), str(dislikes), share, model or "-", instructions if instructions is not None else "-"
