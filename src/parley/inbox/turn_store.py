"""The turns, in the database: what Teams was told to be accepted is there, whatever becomes of the process."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Delete, Row, Update, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import aliased

from ..storage import Database, tables
from ..turn import EarlierTurns, Refusal
from .turn_key import Kind, TurnKey
from .updates import is_overtaken, read_earlier, replace_unfinished

logger = logging.getLogger(__name__)

Json = dict[str, Any]

# Seconds for which a turn is trusted to be this process's; others wait longer before they take it over.
_LEASE_TRUSTED = 1.0


@dataclass(frozen=True)
class QueuedTurn:
    """A turn, and the lane in which it waits for those before it."""

    turn_id: int
    lane: str
    user: str
    """The id of the user who wrote, since no user is to keep others waiting."""


Enqueue = Callable[[Connection, QueuedTurn], None]


class TakenOverError(BaseException):
    """Another process has taken the turn over, because this one gave no sign of life. Nothing more is said here; what
    handles errors has nothing to do with it, so that it is no `Exception`."""


class TurnStore:
    """The turns of all processes that share the database."""

    def __init__(self, database: Database, *, max_waiting: int, max_attempts: int, retention: timedelta) -> None:
        """`max_waiting` turns may wait in a conversation, `max_attempts` times a turn is begun, and finished ones are
        known for `retention`."""
        self._database = database
        self._max_waiting = max_waiting
        self._max_attempts = max_attempts
        self._retention = retention

    async def accept(self, activity: Json, subject: TurnKey, enqueue: Enqueue) -> QueuedTurn | None:
        """Keep an activity as a turn, and call `enqueue` in the same transaction. News of a message whose turn is not
        finished takes the message's place there.

        Returns:
            The turn's place; `None` if there is none to be taken: the activity is known already, or has taken a place
            that there was, or is one of too many, of which the person is being told.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it cannot be kept.
        """
        try:
            return await self._database.run(lambda connection: self._accept(connection, activity, subject, enqueue))
        except IntegrityError:
            return None

    def _accept(self, connection: Connection, activity: Json, subject: TurnKey, enqueue: Enqueue) -> QueuedTurn | None:
        """As `accept`; an activity that is known already makes an `IntegrityError`."""
        conversation_id = activity["conversation"]["id"]
        now = datetime.now(UTC)
        row: Json = {
            "conversation_id": conversation_id,
            "activity_id": subject.id,
            "message_id": subject.message_id,
            "kind": subject.kind,
            "happened_at": subject.happened_at,
            "user_id": (activity.get("from") or {}).get("id"),
            "activity": activity,
            "refusal": None,
            "attempts": 0,
            "stops": 0,
            "sent_ids": [],
            "accepted_at": now,
            "finished_at": None,
        }
        if is_overtaken(connection, conversation_id, subject) or (
            subject.kind.is_update and replace_unfinished(connection, activity, conversation_id, subject.message_id)
        ):
            connection.execute(insert(tables.Turn), row | {"user_id": None, "activity": None, "finished_at": now})
            return None
        unfinished = (
            select(func.count(), func.count(tables.Turn.refusal))
            .where(tables.Turn.conversation_id == conversation_id)
            .where(tables.Turn.finished_at.is_(None))
        )
        count, refused = connection.execute(unfinished).one()
        is_too_many = count - refused > self._max_waiting and subject.kind in (Kind.MESSAGE, Kind.EDIT)
        if is_too_many and refused:  # the person is being told already
            return None
        row["refusal"] = refusal = Refusal.TOO_MANY_WAIT if is_too_many else None
        turn_id = connection.execute(insert(tables.Turn).returning(tables.Turn.id), row).scalar_one()
        place = _place(turn_id, conversation_id, subject.kind, refusal, row["user_id"])
        enqueue(connection, place)
        return place

    async def unfinished(self) -> list[QueuedTurn]:
        """The places of all turns that are not finished, in the order in which they were accepted."""
        turns = (
            select(
                tables.Turn.id,
                tables.Turn.conversation_id,
                tables.Turn.kind,
                tables.Turn.refusal,
                tables.Turn.user_id,
            )
            .where(tables.Turn.finished_at.is_(None))
            .order_by(tables.Turn.id)
        )
        return await self._database.run(lambda connection: [_place(*row) for row in connection.execute(turns)])

    async def waiting_message(self, turn_id: int) -> tuple[Json, bool] | None:
        """The message of a turn that waits, and whether the turn is the next one of its conversation.

        Returns:
            None if the turn has begun, or is not about a message.
        """
        earlier = aliased(tables.Turn)
        is_next = ~exists().where(
            earlier.conversation_id == tables.Turn.conversation_id,
            earlier.id < tables.Turn.id,
            earlier.finished_at.is_(None),
        )
        turn = select(tables.Turn.activity, is_next).where(
            tables.Turn.id == turn_id,
            tables.Turn.kind == Kind.MESSAGE,
            tables.Turn.attempts == tables.Turn.stops,
            tables.Turn.finished_at.is_(None),
        )
        row = await self._database.run(lambda connection: connection.execute(turn).one_or_none())
        return (row[0], row[1]) if row and row[0] else None

    async def begin(self, turn_id: int, *, is_alone: bool = False) -> "StoredTurn | None":
        """Begin a turn, and count that: the process may die of it.

        Returns:
            The turn, with a refusal if it has been begun too often. `None` if there is nothing to be done; or if the
            turn would be set aside when the process died once more, and is not alone.
        """
        count = (
            update(tables.Turn)
            .where(tables.Turn.id == turn_id, tables.Turn.finished_at.is_(None))
            .values(attempts=tables.Turn.attempts + 1)
            .returning(tables.Turn)
        )
        if self._max_attempts > 1 and not is_alone:
            count = count.where(tables.Turn.attempts - tables.Turn.stops != self._max_attempts - 1)
        row = await self._database.run(lambda connection: connection.execute(count).one_or_none())
        if row is None:
            return None
        turn = self._turn(row)
        deaths = row.attempts - row.stops - 1
        if deaths >= self._max_attempts:
            logger.error("A turn is set aside: the process died %d times in the middle of it", deaths)
            turn.refusal = Refusal.TOO_MANY_CRASHES
        if deaths > self._max_attempts:  # not even that could be told
            await self.finish(turn)
            return None
        return turn

    async def begin_anew(self, turn: "StoredTurn") -> "StoredTurn":
        """Begin a turn again, with what has taken the place of its message. It has not ended the process.

        Raises:
            TakenOverError: it is not this process's any more.
        """
        count = (
            update(tables.Turn)
            .where(tables.Turn.id == turn.id, tables.Turn.attempts == turn.attempt)
            .values(attempts=tables.Turn.attempts + 1, stops=tables.Turn.stops + 1)
            .returning(tables.Turn)
        )
        row = await self._database.run(lambda connection: connection.execute(count).one_or_none())
        if row is None:
            raise TakenOverError
        return self._turn(row)

    async def outdated(self, turns: Iterable["StoredTurn"]) -> set[int]:
        """The ids of those of the turns whose message was changed since they were begun."""
        known = {turn.id: turn.updates for turn in turns}
        changes = select(tables.Turn.id, tables.Turn.updates).where(tables.Turn.id.in_(known))
        rows = await self._database.run(lambda connection: connection.execute(changes).all())
        return {id for id, number in rows if number != known[id]}

    async def give_back(self, turn: "StoredTurn") -> None:
        """Leave a turn that was begun to a later attempt. It was not the turn that ended the process."""
        await self._write(turn, update(tables.Turn).values(stops=tables.Turn.stops + 1))

    async def finish(self, turn: "StoredTurn") -> bool:
        """Remember that a turn is through, and forget what was in it.

        Returns:
            Whether it is through. If not, its message was changed meanwhile, and it is to be begun anew.
        """
        end = update(tables.Turn).values(finished_at=datetime.now(UTC), user_id=None, activity=None)
        if turn.kind is Kind.INSTALLED and not turn.sent_ids:
            end = delete(tables.Turn)  # another announcement may have more luck
        try:
            await self._write(turn, end.where(tables.Turn.updates == turn.updates))
        except TakenOverError:
            await self.confirm_lease(turn)
            return False
        return True

    async def save_sent_ids(self, turn: "StoredTurn") -> None:
        """Store the ids of the messages that a turn has sent."""
        await self._write(turn, update(tables.Turn).values(sent_ids=turn.sent_ids))

    async def read_earlier(self, turn: "StoredTurn") -> EarlierTurns:
        """Return the earlier turns of the message that a turn updates."""
        conversation_id, message_id = turn.activity["conversation"]["id"], turn.activity["id"]
        return await self._database.run(
            lambda connection: read_earlier(connection, conversation_id, message_id, turn.id)
        )

    async def confirm_lease(self, turn: "StoredTurn") -> None:
        """Make sure that the turn is still this process's.

        Raises:
            TakenOverError: it is not.
        """
        latest = select(tables.Turn.attempts).where(tables.Turn.id == turn.id)
        if await self._database.run(lambda connection: connection.scalar(latest)) != turn.attempt:
            raise TakenOverError
        turn.lease_confirmed_at = asyncio.get_running_loop().time()

    async def delete_old(self) -> None:
        """Delete the finished turns whose time is over.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: they could not be deleted.
        """
        old = delete(tables.Turn).where(tables.Turn.finished_at < datetime.now(UTC) - self._retention)
        old = old.where(tables.Turn.kind != Kind.INSTALLED)  # nobody is greeted twice
        await self._database.run(lambda connection: connection.execute(old))

    def _turn(self, row: Row[Any]) -> "StoredTurn":
        refusal = row.refusal and Refusal(row.refusal)
        return StoredTurn(self, row.id, Kind(row.kind), row.attempts, row.updates, row.activity, refusal, row.sent_ids)

    async def _write(self, turn: "StoredTurn", change: Update | Delete) -> None:
        mine = change.where(tables.Turn.id == turn.id, tables.Turn.attempts == turn.attempt)
        if await self._database.run(lambda connection: connection.execute(mine).rowcount) == 0:
            raise TakenOverError
        turn.lease_confirmed_at = asyncio.get_running_loop().time()


@dataclass
class StoredTurn:
    """An attempt of a turn; implements `parley.turn.Turn`."""

    _store: TurnStore
    id: int
    kind: Kind
    """What the first activity of the turn did; an update may have replaced that activity since."""
    attempt: int
    """The number of this attempt, from 1 upward. The stored number is higher once another process has taken over."""
    updates: int
    """The number of updates that had replaced the activity when this attempt began."""
    activity: Json
    refusal: Refusal | None
    sent_ids: list[str]
    is_cancelled_by_update: bool = False
    lease_confirmed_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    """When this attempt was last known to be the latest, in the event loop's time."""

    @property
    def question_id(self) -> str:
        # SQLite reuses the ids of deleted rows.
        return f"{self.activity['id']} {self.id}.{self.updates}"

    @property
    def sent(self) -> "_SentMessages":
        return _SentMessages(self._store, self)

    @property
    def update(self) -> "_MessageUpdate | None":
        return _MessageUpdate(self._store, self) if self.kind.is_update else None

    async def confirm_lease(self) -> None:
        """Make sure that no other process has taken the turn over, as can happen while this process is paused.

        Raises:
            TakenOverError: another process has.
        """
        if asyncio.get_running_loop().time() - self.lease_confirmed_at > _LEASE_TRUSTED:
            try:
                await self._store.confirm_lease(self)
            except SQLAlchemyError as error:
                logger.warning("Lease of a turn could not be confirmed: %s", error)


@dataclass(frozen=True)
class _SentMessages:
    _store: TurnStore
    _turn: StoredTurn

    @property
    def ids(self) -> Sequence[str]:
        return self._turn.sent_ids

    async def add(self, id: str) -> None:
        self._turn.sent_ids.append(id)
        await self._save()

    async def replace(self, old_id: str, new_id: str) -> None:
        if old_id not in self._turn.sent_ids:
            await self.add(new_id)
            return
        self._turn.sent_ids[self._turn.sent_ids.index(old_id)] = new_id
        await self._save()

    async def remove(self, id: str) -> None:
        if id in self._turn.sent_ids:
            self._turn.sent_ids.remove(id)
            await self._save()

    async def _save(self) -> None:
        try:
            await self._store.save_sent_ids(self._turn)
        except SQLAlchemyError:
            # They matter only if the process crashes as well.
            logger.exception("Ids of sent messages could not be stored")


@dataclass(frozen=True)
class _MessageUpdate:
    _store: TurnStore
    _turn: StoredTurn

    async def read_earlier(self) -> EarlierTurns:
        return await self._store.read_earlier(self._turn)

    async def adopt(self, sent_ids: Sequence[str]) -> None:
        self._turn.sent_ids[:] = sent_ids
        await self._store.save_sent_ids(self._turn)


def _place(turn_id: int, conversation_id: str, kind: str, refusal: str | None, user: str | None) -> QueuedTurn:
    # That a message is not answered is told at once, while others wait; and what was deleted is shown to no model that
    # answers one of those.
    aside = refusal or ("deletions" if kind in (Kind.DELETION, Kind.UNDELETION) else None)
    return QueuedTurn(turn_id, f"{conversation_id} {aside}" if aside else conversation_id, user or "")
