"""Exchanges as the database holds them: a question, its tool calls and its answer."""

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
    """True for the exchanges of a conversation."""
    return Exchange.conversation_id == conversation_id


def is_shown() -> ColumnElement[bool]:
    """True for exchanges that the model may see: not closed by a new conversation, not deleted."""
    return Exchange.closed_at.is_(None) & Exchange.deleted_at.is_(None)


def read_messages(stored: list[Any]) -> list[Message]:
    """The messages of an exchange from the JSON of its row."""
    return _MESSAGES.validate_python(stored)


def columns_of(messages: list[Message]) -> dict[str, object]:
    """The columns of a row that hold the messages of an exchange."""
    return {"tokens": estimate_tokens(messages), "messages": _MESSAGES.dump_python(messages, mode="json")}


def find_exchange(
    connection: Connection, conversation_id: str, message_ids: Collection[str], *, in_threads: bool = False
) -> Row[Any] | None:
    """The newest exchange with an answer that is in one of these messages, in whole or in part.

    Without message ids, it is the newest with any answer. Exchanges that are deleted or closed are included.

    Args:
        connection: to the database.
        conversation_id: the conversation's id.
        message_ids: the ids that the message may have.
        in_threads: true to search the threads of the conversation, which is a channel, too.
    """
    # The ids are JSON text. SQLite compares text without regard to case.
    ids = cast(Exchange.answer_ids, String)
    holds = [ids.contains(json.dumps(id), autoescape=True) for id in message_ids]
    here = is_of(conversation_id)
    if in_threads:
        # The id of a thread is the id of its channel and that of its first message.
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
    """The text of the model in an exchange."""
    # Text before a tool call is a paragraph of the answer.
    return "\n\n".join(each.content for each in messages if isinstance(each, ModelMessage) and each.content)


def question_of(messages: list[Message]) -> str:
    """The question of an exchange."""
    return messages[0].content or ""
