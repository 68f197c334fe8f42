"""Queries of the table `turns` about failed questions that their users ask again.

The turn of such a question is finished and still has its activity. It begins again as itself: its answer replaces the
messages that it has sent, and it does not count as another question.
"""

from sqlalchemy import Connection, Row, exists, func, select, update
from sqlalchemy.orm import aliased

from ..storage.tables import Turn
from .turn_key import Kind

_HAS_FAILED = Turn.finished_at.is_not(None) & Turn.activity.is_not(None)


def reopen_failed(connection: Connection, conversation_id: str) -> Row[tuple[int, str, str | None]] | None:
    """Let the last failed question of a conversation be answered again, unless another message has come since.

    Returns:
        The id, the kind and the user of its turn; None if there is no such question.
    """
    last = select(func.max(Turn.id)).where(Turn.conversation_id == conversation_id, _HAS_FAILED)
    later = aliased(Turn)
    is_later = (later.conversation_id == conversation_id) & (later.id > Turn.id) & (later.kind == Kind.MESSAGE)
    reopened = (
        update(Turn)
        .where(Turn.id == last.scalar_subquery(), _HAS_FAILED, ~exists().where(is_later))
        .values(finished_at=None, stops=Turn.attempts)  # no attempt so far has crashed
        .returning(Turn.id, Turn.kind, Turn.user_id)
    )
    return connection.execute(reopened).one_or_none()


def is_reopened(connection: Connection, conversation_id: str) -> bool:
    """Return True if a failed question of a conversation is being answered again."""
    click = aliased(Turn)
    is_click = (click.conversation_id == conversation_id) & (click.id > Turn.id) & (click.kind == Kind.REPETITION)
    unfinished = (Turn.conversation_id == conversation_id) & Turn.finished_at.is_(None)
    return bool(connection.scalar(select(exists().where(unfinished, exists().where(is_click)))))


def drop_failed(connection: Connection, conversation_id: str, message_id: str) -> None:
    """Forget the activity of a failed question, because its message was updated."""
    of_message = (Turn.conversation_id == conversation_id) & (Turn.message_id == message_id)
    connection.execute(update(Turn).where(of_message, _HAS_FAILED).values(activity=None, user_id=None))
