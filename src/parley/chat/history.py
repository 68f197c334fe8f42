"""The histories of conversations in the database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from microsoft_teams.ai import UserMessage
from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from ..models.errors import NotRememberedError
from ..storage import Database, forget
from ..storage.tables import Exchange
from .exchanges import answer_of, columns_of, find_exchange, is_of, is_shown, question_of, read_messages
from .memory import TurnMemory


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question that was answered."""

    question: str
    """The text of the question, with the frames of its attachments."""
    answer_ids: list[str]
    """The ids of the messages that hold the answer."""
    is_last: bool
    """True if the conversation has no later question that was answered."""


class History:
    """The histories of all conversations."""

    def __init__(self, database: Database, *, max_tokens: int) -> None:
        """`max_tokens` bounds the part of a history that the model gets. The database keeps all of it."""
        self._database = database
        self._max_tokens = max_tokens

    @asynccontextmanager
    async def open_memory(
        self, conversation_id: str, message_id: str, *, is_read: bool = True
    ) -> AsyncGenerator[TurnMemory]:
        """The memory of the turn that answers the message `message_id`.

        New messages are written in one transaction when the block ends; if it raises, nothing is written. They replace
        those of an earlier attempt. Without `is_read`, the memory shows no earlier messages.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the history cannot be read.
            NotRememberedError: the history cannot be written.
        """
        memory = TurnMemory(self._database, conversation_id, message_id, self._max_tokens if is_read else 0)
        yield memory
        try:
            await memory.save()
        except SQLAlchemyError as error:
            raise NotRememberedError from error

    async def find(self, conversation_id: str, message_id: str) -> AnsweredQuestion | None:
        """The question of the message `message_id`; None if it was not answered."""

        def find(connection: Connection) -> AnsweredQuestion | None:
            shown = is_of(conversation_id) & is_shown()
            question = select(Exchange.id, Exchange.answer_ids, Exchange.messages)
            mine = question.where(_asks(conversation_id, message_id)).order_by(Exchange.id.desc()).limit(1)
            row = connection.execute(mine).one_or_none()
            if row is None:
                return None
            last = connection.scalar(select(func.max(Exchange.id)).where(shown))
            return AnsweredQuestion(question_of(read_messages(row.messages)), row.answer_ids, is_last=row.id == last)

        return await self._database.run(find)

    async def find_answer(self, conversation_id: str, message_id: str) -> str | None:
        """The whole answer of which the message `message_id` holds at least a part; None if it holds no answer."""

        def find(connection: Connection) -> str | None:
            exchange = find_exchange(connection, conversation_id, [message_id])
            return answer_of(read_messages(exchange.messages)) if exchange else None

        return await self._database.run(find)

    async def correct(self, conversation_id: str, message_id: str, question: str) -> None:
        """Replace the text of the message `message_id` and keep its answer. With an empty text, drop both."""
        if not question:
            await self.delete(conversation_id, message_id)
            return

        def correct(connection: Connection) -> None:
            mine = _asks(conversation_id, message_id)
            for row in connection.execute(select(Exchange.id, Exchange.messages).where(mine)).all():
                messages = read_messages(row.messages)
                messages = [UserMessage(question) if isinstance(each, UserMessage) else each for each in messages]
                connection.execute(update(Exchange).where(Exchange.id == row.id).values(**columns_of(messages)))

        await self._database.run(correct)

    async def delete(self, conversation_id: str, message_id: str) -> None:
        """Remove the message `message_id` and its answer from the database."""
        dropped = delete(Exchange).where(_asks(conversation_id, message_id))
        await self._database.run(lambda connection: connection.execute(dropped))

    async def hide(self, conversation_id: str, message_id: str) -> None:
        """Hide the message `message_id` and its answer from the model until they are restored."""
        deleted = update(Exchange).where(_asks(conversation_id, message_id)).values(deleted_at=datetime.now(UTC))
        await self._database.run(lambda connection: connection.execute(deleted))

    async def restore(self, conversation_id: str, message_id: str) -> bool:
        """Undo `hide`. Return true if the message is known."""
        restored = update(Exchange).where(_asks(conversation_id, message_id)).values(deleted_at=None)
        return await self._database.run(lambda connection: connection.execute(restored).rowcount) > 0

    async def forget(self, conversation_id: str) -> None:
        """Delete everything that the bot stores about the conversation."""
        await forget(self._database, conversation_id)

    async def forget_user(self, conversation_id: str, user_id: str) -> None:
        """Delete a user's questions in the conversation, their answers, and the user's feedback."""
        await forget(self._database, conversation_id, user_id)

    async def close(self, conversation_id: str) -> None:
        """Begin a new conversation: hide all messages so far from the model, but keep them."""
        closed = update(Exchange).where(is_of(conversation_id), Exchange.closed_at.is_(None))
        await self._database.run(lambda connection: connection.execute(closed.values(closed_at=datetime.now(UTC))))


def _asks(conversation_id: str, message_id: str) -> ColumnElement[bool]:
    return is_of(conversation_id) & (Exchange.activity_id == message_id)
