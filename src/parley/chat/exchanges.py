"""The exchanges of a conversation as the database holds them."""

import json
from collections.abc import Collection
from typing import Annotated, Any

from microsoft_teams.ai import Message, ModelMessage
from pydantic import Field, TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, String, cast, or_, select

from ..models.tokens import estimate_tokens
from ..storage.tables import Exchange

_MESSAGES = TypeAdapter(list[Annotated[Message, Field(discriminator="role")]])


def is_of(conversation_id: str) -> ColumnElement[bool]:
    """Whether an exchange belongs to the conversation."""
    return Exchange.conversation_id == conversation_id


def is_shown() -> ColumnElement[bool]:
    """Whether the model is shown an exchange."""
    return Exchange.closed_at.is_(None) & Exchange.deleted_at.is_(None)


def read_messages(stored: list[Any]) -> list[Message]:
    """The messages of an exchange, from what its row holds."""
    return _MESSAGES.validate_python(stored)


def columns_of(messages: list[Message]) -> dict[str, object]:
    """The columns of an exchange's row that its messages fill."""
    return {"tokens": estimate_tokens(messages), "messages": _MESSAGES.dump_python(messages, mode="json")}


def find_exchange(
    connection: Connection, conversation_id: str, message_ids: Collection[str], *, in_threads: bool = False
) -> Row[Any] | None:
    """The newest exchange of a conversation whose answer stands in one of these messages, or a part of it; without any
    message, the newest that has an answer. Also when the model is not shown it any more.

    Args:
        connection: to the database.
        conversation_id: the conversation's id.
        message_ids: the ids by which the message may be known.
        in_threads: whether the id may be that of a channel alone, in whose threads the answer is looked for, too.
    """
    # A list of ids is kept as JSON text. SQLite looks for text in any case.
    ids = cast(Exchange.answer_ids, String)
    holds = [ids.contains(json.dumps(id), autoescape=True) for id in message_ids]
    here = is_of(conversation_id)
    if in_threads:
        # An answer in a thread of a channel has the id of the thread behind that of the channel.
        here |= Exchange.conversation_id.startswith(f"{conversation_id};messageid=", autoescape=True)
    candidates = (
        select(Exchange.__table__)
        .where(here, or_(*holds) if holds else ids != "[]")
        .order_by(Exchange.id.desc())
        .execution_options(yield_per=1)
    )
    with connection.execute(candidates) as rows:
        return next((row for row in rows if not holds or not set(message_ids).isdisjoint(row.answer_ids)), None)


def answer_of(messages: list[Message]) -> str:
    """All that the model has said in an exchange."""
    # The words before a tool call were a paragraph of the answer.
    return "\n\n".join(said.content for said in messages if isinstance(said, ModelMessage) and said.content)


def question_of(messages: list[Message]) -> str:
    """What was asked in an exchange."""
    return messages[0].content or ""
