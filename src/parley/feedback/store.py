"""Stores the feedback that users give on answers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from ..chat import answer_of, find_exchange, question_of, read_messages, split_author
from ..storage import Database
from ..storage.tables import Feedback
from . import Reaction

# Columns of an exchange that are copied unchanged.
_COPIED = ("model", "instructions_version", "latency", "input_tokens", "output_tokens")


@dataclass(frozen=True)
class NewFeedback:
    """The feedback of a user on an answer."""

    conversation_id: str
    in_group: bool
    """True if questions of the conversation begin with their author's name."""
    message_id: str | None
    """The message with the answer or a part of it; None for the newest answer of the conversation."""
    sent_as: str | None
    """Another id of that message."""
    user_id: str
    user_name: str | None
    reaction: Reaction
    comment: str | None


class FeedbackStore:
    """Stores one feedback per user and answer, with a copy of both texts, since the messages may change later."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, feedback: NewFeedback) -> bool:
        """Store the feedback; it replaces earlier feedback of the user on the same answer.

        Returns:
            False if it names no message and the conversation has no answer.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database failed.
        """
        return await self._database.run(lambda connection: _save(connection, feedback))


def _save(connection: Connection, feedback: NewFeedback) -> bool:
    exchange = _find(connection, feedback)
    # An answer in several messages has thumbs below each of them, but counts as one.
    message_id = exchange.answer_ids[-1] if exchange else feedback.message_id
    if message_id is None:
        return False
    now = datetime.now(UTC)
    values = {
        "user_name": feedback.user_name,
        "reaction": feedback.reaction,
        "comment": feedback.comment,
        "updated_at": now,
        # If the exchange is gone, keep the copy of an earlier click.
        **(_copy(exchange, in_group=feedback.in_group) if exchange else {}),
    }
    key = {
        # The exchange's conversation id, so that /forget deletes both together.
        "conversation_id": exchange.conversation_id if exchange else feedback.conversation_id,
        "message_id": message_id,
        "user_id": feedback.user_id,
    }
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(Feedback).values(**key, **values, created_at=now)
    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=values))
    return True


def _find(connection: Connection, feedback: NewFeedback) -> Row[Any] | None:
    ids = [id for id in (feedback.message_id, feedback.sent_as) if id]
    # A click in a channel may name the channel without the thread.
    in_threads = feedback.in_group and bool(ids)
    return find_exchange(connection, feedback.conversation_id, ids, in_threads=in_threads)


def _copy(exchange: Row[Any], *, in_group: bool) -> dict[str, object]:
    messages = read_messages(exchange.messages)
    question = question_of(messages)
    asked_by = None
    if in_group and ": " in question:
        asked_by, question = split_author(question)
    return {
        "asked_by": asked_by,
        "question": question,
        "answer": answer_of(messages),
        **{name: getattr(exchange, name) for name in _COPIED},
    }
