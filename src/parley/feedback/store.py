"""Stores the feedback that users give on answers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from ..chat import answer_of, find_exchange, question_of, read_messages, split_author
from ..storage import Database
from ..storage.tables import Feedback

Reaction = Literal["like", "dislike"]
REACTIONS: tuple[Reaction, ...] = get_args(Reaction)

Format = Literal["jsonl", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)


# What is copied of an exchange as it is.
_COPIED = ("model", "instructions_version", "latency", "input_tokens", "output_tokens")


@dataclass(frozen=True)
class Opinion:
    """What a person thinks of an answer."""

    conversation_id: str
    in_group: bool
    """Whether questions of the conversation begin with the name of who asked."""
    message_id: str | None
    """The message that holds the answer, or a part of it; None for the newest answer of the conversation."""
    sent_as: str | None
    """Another id of that message."""
    user_id: str
    user_name: str | None
    reaction: Reaction
    comment: str | None


class FeedbackStore:
    """The opinions of all people about all answers, one each, with a copy of question and answer: what was judged stays
    what it was, whatever becomes of the conversation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, opinion: Opinion) -> bool:
        """Keep an opinion, in the place of an earlier one of the same person about the same answer.

        Returns:
            Whether it was kept: not, if it names no message and the conversation has no answer.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it cannot be kept.
        """
        return await self._database.run(lambda connection: _keep(connection, opinion))


def _keep(connection: Connection, opinion: Opinion) -> bool:
    exchange = _find(connection, opinion)
    # An answer of several messages has thumbs below each, and is one answer all the same.
    message_id = exchange.answer_ids[-1] if exchange else opinion.message_id
    if message_id is None:
        return False
    now = datetime.now(UTC)
    said = {
        "user_name": opinion.user_name,
        "reaction": opinion.reaction,
        "comment": opinion.comment,
        "updated_at": now,
        # Without the exchange, what was known of it when the person clicked first stays.
        **(_copy(exchange, in_group=opinion.in_group) if exchange else {}),
    }
    key = {
        # It is that of the exchange which is forgotten with it.
        "conversation_id": exchange.conversation_id if exchange else opinion.conversation_id,
        "message_id": message_id,
        "user_id": opinion.user_id,
    }
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(Feedback).values(**key, **said, created_at=now)
    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=said))
    return True


def _find(connection: Connection, opinion: Opinion) -> Row[Any] | None:
    ids = [id for id in (opinion.message_id, opinion.sent_as) if id]
    # A click in a channel may name the channel alone.
    in_threads = opinion.in_group and bool(ids)
    return find_exchange(connection, opinion.conversation_id, ids, in_threads=in_threads)


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
