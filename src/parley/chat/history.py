"""What the bot remembers of a conversation."""

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
class Remembered:
    """What is known of a question that was answered."""

    question: str
    """The question, with what its attachments told."""
    answer_ids: list[str]
    """The ids of the messages that answered it."""
    is_last: bool
    """Whether no later question of the conversation was answered."""


class History:
    """The histories of all conversations, one each, in the database."""

    def __init__(self, database: Database, *, max_tokens: int) -> None:
        """`max_tokens` bounds what of a history is read for the model; all of it is kept."""
        self._database = database
        self._max_tokens = max_tokens

    @asynccontextmanager
    async def turn(self, conversation_id: str, activity_id: str, *, is_read: bool = True) -> AsyncGenerator[TurnMemory]:
        """The memory of one turn, which answers the message `activity_id`. What the turn adds is written when the block
        ends well, all of it together; when the block raises, the history stays as it was. What an earlier attempt has
        written is not seen, and replaced. Unless the memory `is_read`, nothing of what was said before is seen.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the history cannot be read.
            NotRememberedError: the block has ended well, but the history cannot be written.
        """
        memory = TurnMemory(self._database, conversation_id, activity_id, self._max_tokens if is_read else 0)
        yield memory
        try:
            await memory.save()
        except SQLAlchemyError as error:
            raise NotRememberedError from error

    async def find(self, conversation_id: str, activity_id: str) -> Remembered | None:
        """What is known of the message `activity_id`; None if it is no question that was answered."""

        def find(connection: Connection) -> Remembered | None:
            shown = is_of(conversation_id) & is_shown()
            question = select(Exchange.id, Exchange.answer_ids, Exchange.messages)
            mine = question.where(_asks(conversation_id, activity_id)).order_by(Exchange.id.desc()).limit(1)
            row = connection.execute(mine).one_or_none()
            if row is None:
                return None
            last = connection.scalar(select(func.max(Exchange.id)).where(shown))
            return Remembered(question_of(read_messages(row.messages)), row.answer_ids, is_last=row.id == last)

        return await self._database.run(find)

    async def find_answer(self, conversation_id: str, message_id: str) -> str | None:
        """All that the model has said in the answer that the message `message_id` holds, or a part of; None if it holds
        none."""

        def find(connection: Connection) -> str | None:
            exchange = find_exchange(connection, conversation_id, [message_id])
            return answer_of(read_messages(exchange.messages)) if exchange else None

        return await self._database.run(find)

    async def correct(self, conversation_id: str, activity_id: str, question: str) -> None:
        """Put another text in the place of the message `activity_id`; its answer stays as it was. Without any text it
        is forgotten, and its answer with it."""
        if not question:
            await self.drop(conversation_id, activity_id)
            return

        def correct(connection: Connection) -> None:
            mine = _asks(conversation_id, activity_id)
            for row in connection.execute(select(Exchange.id, Exchange.messages).where(mine)).all():
                said = read_messages(row.messages)
                messages = [UserMessage(question) if isinstance(each, UserMessage) else each for each in said]
                connection.execute(update(Exchange).where(Exchange.id == row.id).values(**columns_of(messages)))

        await self._database.run(correct)

    async def drop(self, conversation_id: str, activity_id: str) -> None:
        """Forget the message `activity_id` and its answer."""
        dropped = delete(Exchange).where(_asks(conversation_id, activity_id))
        await self._database.run(lambda connection: connection.execute(dropped))

    async def delete(self, conversation_id: str, activity_id: str) -> None:
        """Show the model the message `activity_id` and its answer no more, until they are restored."""
        deleted = update(Exchange).where(_asks(conversation_id, activity_id)).values(deleted_at=datetime.now(UTC))
        await self._database.run(lambda connection: connection.execute(deleted))

    async def restore(self, conversation_id: str, activity_id: str) -> bool:
        """Bring back what was deleted. Returns whether the message is known."""
        restored = update(Exchange).where(_asks(conversation_id, activity_id)).values(deleted_at=None)
        return await self._database.run(lambda connection: connection.execute(restored).rowcount) > 0

    async def forget(self, conversation_id: str) -> None:
        """Delete everything that is stored about the conversation, by whichever part of the bot."""
        await forget(self._database, conversation_id)

    async def forget_user(self, conversation_id: str, user_id: str) -> None:
        """Delete what a user has asked in the conversation, the answers to it, and the user's feedback."""
        await forget(self._database, conversation_id, user_id)

    async def close(self, conversation_id: str) -> None:
        """Begin anew: show the model nothing of what was said so far. It is kept all the same."""
        closed = update(Exchange).where(is_of(conversation_id), Exchange.closed_at.is_(None))
        await self._database.run(lambda connection: connection.execute(closed.values(closed_at=datetime.now(UTC))))


def _asks(conversation_id: str, activity_id: str) -> ColumnElement[bool]:
    return is_of(conversation_id) & (Exchange.activity_id == activity_id)
