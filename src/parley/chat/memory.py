"""What the bot remembers of a conversation, and how much of it the model is shown."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from microsoft_teams.ai import Message, UserMessage
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ..storage import Database, forget
from ..storage.tables import Exchange
from .answer import Answer, Usage
from .exchanges import split_exchanges
from .failures import NotRememberedError
from .stored import answer_of, columns_of, find_exchange, is_of, is_shown, question_of, read_messages

# How many exchanges one fetch brings; the last fetch may bring up to this many that no longer fit.
_ROWS_PER_FETCH = 20


@dataclass(frozen=True)
class Provenance:
    """Where an answer comes from, and where it stands."""

    model: str
    """The name of the model."""
    instructions_version: str
    """Which instructions it was given."""
    answer_ids: Sequence[str] = ()
    """The ids of the messages that hold it."""
    latency: float | None = None
    """The seconds that it took; None if it was not made to its end."""


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
    async def turn(
        self, conversation_id: str, activity_id: str, *, is_read: bool = True
    ) -> AsyncGenerator["TurnMemory"]:
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
            return await self.drop(conversation_id, activity_id)

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
        await self._database.run(lambda connection: forget(connection, conversation_id))

    async def close(self, conversation_id: str) -> None:
        """Begin anew: show the model nothing of what was said so far. It is kept all the same."""
        closed = update(Exchange).where(is_of(conversation_id), Exchange.closed_at.is_(None))
        await self._database.run(lambda connection: connection.execute(closed.values(closed_at=datetime.now(UTC))))


class TurnMemory:
    """The SDK's `Memory` for one turn of one conversation: reads the stored history, holds back what is new."""

    def __init__(self, database: Database, conversation_id: str, activity_id: str, max_tokens: int) -> None:
        self._database = database
        self._conversation_id = conversation_id
        self._activity_id = activity_id
        self._max_tokens = max_tokens
        self._replaces_stored = False
        self._new: list[Message] = []
        self.provenance: Provenance | None = None
        """To be stored with what is new."""

    async def push(self, message: Message) -> None:
        """Add a message, to be stored when the turn has succeeded."""
        self._new.append(message)

    async def get_all(self) -> list[Message]:
        """The newest whole exchanges that fit into the token budget, oldest message first, then what is new."""
        reads = self._max_tokens > 0 and not self._replaces_stored
        stored = await self._database.run(self._read_what_fits) if reads else []
        return [*stored, *self._new]

    async def set_all(self, messages: list[Message]) -> None:
        """Replace the history, when the turn has succeeded."""
        self._replaces_stored = True
        self._new = list(messages)

    async def save(self) -> None:
        """Write what is new, all of it or nothing."""
        await self._database.run(self._write)

    def _write(self, connection: Connection) -> None:
        outdated = delete(Exchange).where(is_of(self._conversation_id))
        if not self._replaces_stored:
            outdated = outdated.where(Exchange.activity_id == self._activity_id)
        connection.execute(outdated)
        if self._new:
            connection.execute(insert(Exchange), list(self._rows()))

    def _rows(self) -> Iterator[dict[str, object]]:
        for messages in split_exchanges(self._new):
            made = self.provenance
            usage = sum((message.usage for message in messages if isinstance(message, Answer)), Usage())
            yield {
                "conversation_id": self._conversation_id,
                "activity_id": self._activity_id,
                "created_at": datetime.now(UTC),
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "answer_ids": list(made.answer_ids) if made else [],
                "model": made and made.model,
                "instructions_version": made and made.instructions_version,
                "latency": made and made.latency,
                **columns_of(messages),
            }

    def _read_what_fits(self, connection: Connection) -> list[Message]:
        newest_first = (
            select(Exchange.tokens, Exchange.messages)
            .where(is_of(self._conversation_id), is_shown())
            .where(Exchange.activity_id.is_distinct_from(self._activity_id))
            .order_by(Exchange.id.desc())
            .execution_options(yield_per=_ROWS_PER_FETCH)
        )
        left = self._max_tokens
        fitting: list[list[Message]] = []
        with connection.execute(newest_first) as rows:
            for tokens, messages in rows:
                left -= tokens
                if left < 0:
                    break
                fitting.append(read_messages(messages))
        return [message for messages in reversed(fitting) for message in messages]


def _asks(conversation_id: str, activity_id: str) -> ColumnElement[bool]:
    return is_of(conversation_id) & (Exchange.activity_id == activity_id)
