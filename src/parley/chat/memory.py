"""What the bot remembers of a conversation, and how much of it the model is shown."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from microsoft_teams.ai import Message
from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from ..storage import Database
from ..storage.tables import Exchange
from .answer import Answer, Usage
from .exchanges import estimate_tokens, split_exchanges
from .failures import NotRememberedError

_MESSAGES = TypeAdapter(list[Annotated[Message, Field(discriminator="role")]])

# How many exchanges one fetch brings; the last fetch may bring up to this many that no longer fit.
_ROWS_PER_FETCH = 20


class History:
    """The histories of all conversations, one each, in the database."""

    def __init__(self, database: Database, *, max_tokens: int) -> None:
        """`max_tokens` bounds what of a history is read for the model; all of it is kept."""
        self._database = database
        self._max_tokens = max_tokens

    @asynccontextmanager
    async def turn(self, conversation_id: str, activity_id: str) -> AsyncGenerator["TurnMemory"]:
        """The memory of one turn, which answers the message `activity_id`. What the turn adds is written when the block
        ends well, all of it together; when the block raises, the history stays as it was. What an earlier attempt has
        written is not seen, and replaced.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the history cannot be read.
            NotRememberedError: the block has ended well, but the history cannot be written.
        """
        memory = TurnMemory(self._database, conversation_id, activity_id, self._max_tokens)
        yield memory
        try:
            await memory.save()
        except SQLAlchemyError as error:
            raise NotRememberedError from error


class TurnMemory:
    """The SDK's `Memory` for one turn of one conversation: reads the stored history, holds back what is new."""

    def __init__(self, database: Database, conversation_id: str, activity_id: str, max_tokens: int) -> None:
        self._database = database
        self._conversation_id = conversation_id
        self._activity_id = activity_id
        self._max_tokens = max_tokens
        self._replaces_stored = False
        self._new: list[Message] = []

    async def push(self, message: Message) -> None:
        """Add a message, to be stored when the turn has succeeded."""
        self._new.append(message)

    async def get_all(self) -> list[Message]:
        """The newest whole exchanges that fit into the token budget, oldest message first, then what is new."""
        stored = [] if self._replaces_stored else await self._database.run(self._read_what_fits)
        return [*stored, *self._new]

    async def set_all(self, messages: list[Message]) -> None:
        """Replace the history, when the turn has succeeded."""
        self._replaces_stored = True
        self._new = list(messages)

    async def save(self) -> None:
        """Write what is new, all of it or nothing."""
        await self._database.run(self._write)

    def _write(self, connection: Connection) -> None:
        outdated = delete(Exchange).where(Exchange.conversation_id == self._conversation_id)
        if not self._replaces_stored:
            outdated = outdated.where(Exchange.activity_id == self._activity_id)
        connection.execute(outdated)
        if self._new:
            connection.execute(insert(Exchange), list(self._rows()))

    def _rows(self) -> Iterator[dict[str, object]]:
        for messages in split_exchanges(self._new):
            usage = sum((message.usage for message in messages if isinstance(message, Answer)), Usage())
            yield {
                "conversation_id": self._conversation_id,
                "activity_id": self._activity_id,
                "created_at": datetime.now(UTC),
                "tokens": estimate_tokens(messages),
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "messages": _MESSAGES.dump_python(messages, mode="json"),
            }

    def _read_what_fits(self, connection: Connection) -> list[Message]:
        newest_first = (
            select(Exchange.tokens, Exchange.messages)
            .where(Exchange.conversation_id == self._conversation_id)
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
                fitting.append(_MESSAGES.validate_python(messages))
        return [message for messages in reversed(fitting) for message in messages]
