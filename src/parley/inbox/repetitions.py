"""Queries of the table `turns` about failed questions that their users may ask again.

The turn of such a question is finished and still has its activity. It begins again as itself: its answer replaces the
messages that it has sent. The first repetition does not count as another question; further ones do, because a question
whose answer always fails late could use any number of tokens.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Row, case, exists, func, select, update
from sqlalchemy.orm import aliased

from ..storage.tables import Turn
from .turn_key import Kind

# The answer may be quicker than the second click of a double click.
_DOUBLE_CLICK = timedelta(seconds=2)

_HAS_FAILED = Turn.finished_at.is_not(None) & Turn.activity.is_not(None)


def lock_failed(connection: Connection, conversation_id: str) -> None:
    """Wait until no other process repeats a failed question of a conversation; SQLite needs no lock for that."""
    failed = select(Turn.id).where(Turn.conversation_id == conversation_id, _HAS_FAILED)
    connection.execute(failed.order_by(Turn.id).with_for_update())


def reopen_failed(
    connection: Connection, conversation_id: str, clicked_at: datetime
) -> Row[tuple[int, str, str | None]] | None:
    """Let the last failed question of a conversation be answered again.

    Its turn and the click have the same `accepted_at`.

    Returns:
        The id, the kind and the user of its turn; None if there is no such question.
    """
    last = select(func.max(Turn.id)).where(Turn.conversation_id == conversation_id, _HAS_FAILED)
    reopened = (
        update(Turn)
        .where(Turn.id == last.scalar_subquery(), _HAS_FAILED)
        .values(
            finished_at=None,
            stops=Turn.attempts,  # none of them has crashed
            updates=Turn.updates + case((Turn.attempts > 1, 1), else_=0),  # another `question_id`
            accepted_at=clicked_at,  # the user waits since then
        )
        .returning(Turn.id, Turn.kind, Turn.user_id)
    )
    return connection.execute(reopened).one_or_none()


def is_clicked_twice(connection: Connection, conversation_id: str) -> bool:
    """Return True if an earlier click has just been accepted, or its question is still being answered."""
    click = aliased(Turn)
    is_click = (click.conversation_id == conversation_id) & (click.kind == Kind.REPETITION)
    is_recent = click.accepted_at > datetime.now(UTC) - _DOUBLE_CLICK
    is_reopened = (Turn.conversation_id == conversation_id) & (Turn.accepted_at == click.accepted_at)
    unfinished = is_reopened & Turn.finished_at.is_(None)
    return bool(connection.scalar(select(exists().where(is_click, is_recent | exists().where(unfinished)))))


def drop_failed(connection: Connection, conversation_id: str, message_id: str | None = None) -> None:
    """Delete the activities of failed questions: of the conversation, or of a message that was updated."""
    failed = update(Turn).where(Turn.conversation_id == conversation_id, _HAS_FAILED)
    if message_id is not None:
        failed = failed.where(Turn.message_id == message_id)
    connection.execute(failed.values(activity=None, user_id=None))
