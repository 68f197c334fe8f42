"""The memory of one turn: the stored history that fits the token budget, and the new messages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from microsoft_teams.ai import Message
from sqlalchemy import Connection, delete, insert, select

from ..models.messages import Answer, Usage
from ..models.tokens import split_exchanges
from ..storage import Database
from ..storage.tables import Exchange
from .exchanges import columns_of, is_of, is_shown, read_messages

# Exchanges per fetch. The last fetch may read this many that no longer fit.
_ROWS_PER_FETCH = 20


@dataclass(frozen=True)
class Provenance:
    """The origin of an answer, and the messages that hold it."""

    model: str
    """The name of the model."""
    instructions_version: str
    """A hash of its instructions."""
    answer_ids: Sequence[str] = ()
    """The ids of the messages that hold it."""
    user_id: str | None = None
    """The id of the user who wrote the question."""
    latency: float | None = None
    """The seconds that the answer took; None if it was stopped."""


class TurnMemory:
    """The SDK's `Memory` for one turn. It reads the stored history, and holds new messages until `save`."""

    def __init__(self, database: Database, conversation_id: str, message_id: str, max_tokens: int) -> None:
        self._database = database
        self._conversation_id = conversation_id
        self._message_id = message_id
        self._max_tokens = max_tokens
        self._replaces_stored = False
        self._new: list[Message] = []
        self.provenance: Provenance | None = None
        """Stored with the new messages."""

    async def push(self, message: Message) -> None:
        """Add a message, which `save` stores."""
        self._new.append(message)

    async def get_all(self) -> list[Message]:
        """The newest whole exchanges that fit the token budget, oldest message first, then the new messages."""
        reads = self._max_tokens > 0 and not self._replaces_stored
        stored = await self._database.run(self._read_what_fits) if reads else []
        return [*stored, *self._new]

    async def set_all(self, messages: list[Message]) -> None:
        """Replace the history by these messages when `save` stores them."""
        self._replaces_stored = True
        self._new = list(messages)

    async def save(self) -> None:
        """Write the new messages in one transaction."""
        await self._database.run(self._write)

    def _write(self, connection: Connection) -> None:
        outdated = delete(Exchange).where(is_of(self._conversation_id))
        if not self._replaces_stored:
            outdated = outdated.where(Exchange.activity_id == self._message_id)
        connection.execute(outdated)
        if self._new:
            connection.execute(insert(Exchange), list(self._rows()))

    def _rows(self) -> Iterator[dict[str, object]]:
        for messages in split_exchanges(self._new):
            made = self.provenance
            usage = sum((message.usage for message in messages if isinstance(message, Answer)), Usage())
            yield {
                "conversation_id": self._conversation_id,
                "activity_id": self._message_id,
                "created_at": datetime.now(UTC),
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "answer_ids": list(made.answer_ids) if made else [],
                "model": made and made.model,
                "instructions_version": made and made.instructions_version,
                "latency": made and made.latency,
                # A replaced history has questions of several users.
                "user_id": made.user_id if made and not self._replaces_stored else None,
                **columns_of(messages),
            }

    def _read_what_fits(self, connection: Connection) -> list[Message]:
        newest_first = (
            select(Exchange.tokens, Exchange.messages)
            .where(is_of(self._conversation_id), is_shown())
            .where(Exchange.activity_id.is_distinct_from(self._message_id))
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
