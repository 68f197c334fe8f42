"""The turns in the database: what was acknowledged to Teams is stored, whatever happens to the process."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Delete, Row, Update, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import aliased

from ..logs import logged_turn
from ..storage import Database, tables
from ..turn import EarlierTurns, Refusal
from .queue import Enqueue, QueuedTurn
from .repetitions import drop_failed, is_clicked_twice, lock_failed, reopen_failed
from .turn_key import Kind, TurnKey
from .updates import is_superseded, read_earlier, update_unfinished

logger = logging.getLogger(__name__)

Json = dict[str, Any]

# Seconds after a confirmation in which no other process takes a turn over.
_LEASE = 1.0


class TakenOverError(BaseException):
    """Another process has taken the turn over, because this one sent no heartbeat.

    The turn must end without a word here. It is no `Exception`, so that no error handler apologizes to the user.
    """


class TurnStore:
    """The turns of all processes that share the database.

    Attempts are numbered, and only the latest attempt of a turn may write: a process that was thought dead can go on
    without harm.
    """

    def __init__(
        self,
        database: Database,
        *,
        max_waiting: int,
        max_attempts: int,
        retention: timedelta,
        welcomes_again: bool = False,
    ) -> None:
        """Limit the waiting turns of each conversation and the attempts of each turn; keep turns for `retention`.

        A conversation is welcomed once; with `welcomes_again`, at each installation.
        """
        self._database = database
        self._max_waiting = max_waiting
        self._max_attempts = max_attempts
        self._retention = retention
        self._welcomes_again = welcomes_again

    async def accept(self, activity: Json, key: TurnKey, enqueue: Enqueue) -> QueuedTurn | None:
        """Store an activity as a turn, and call `enqueue` in the same transaction.

        An update of a message whose turn is not finished replaces the activity of that turn.

        Returns:
            The turn; None if there is nothing to run: the activity was stored before, is superseded, has replaced
            another one, or is one of too many, and another turn informs the user.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it cannot be stored.
        """
        try:
            return await self._database.run(lambda connection: self._accept(connection, activity, key, enqueue))
        except IntegrityError:
            return None  # stored before

    def _accept(self, connection: Connection, activity: Json, key: TurnKey, enqueue: Enqueue) -> QueuedTurn | None:
        conversation_id = activity["conversation"]["id"]
        now = datetime.now(UTC)
        sender: Json = activity.get("from") or {}
        row: Json = {
            "conversation_id": conversation_id,
            "activity_id": key.id,
            "message_id": key.message_id,
            "kind": key.kind,
            "happened_at": key.happened_at,
            "user_id": sender.get("id"),
            "activity": activity,
            "refusal": None,
            "attempts": 0,
            "stops": 0,
            "sent_ids": [],
            "accepted_at": now,
            "finished_at": None,
        }
        if self._welcomes_again and key.kind is Kind.INSTALLED:
            earlier = (tables.Turn.conversation_id == conversation_id) & (tables.Turn.activity_id == key.id)
            connection.execute(delete(tables.Turn).where(earlier, tables.Turn.finished_at.is_not(None)))
        mere_record: Json = {"user_id": None, "activity": None, "finished_at": now}
        if is_superseded(connection, conversation_id, key) or (
            key.kind.is_update and update_unfinished(connection, activity, conversation_id, key.message_id)
        ):
            connection.execute(insert(tables.Turn), row | mere_record)
            return None
        if key.kind is Kind.REPETITION:
            lock_failed(connection, conversation_id)
            if is_clicked_twice(connection, conversation_id):
                connection.execute(insert(tables.Turn), row | mere_record)
                return None
            if failed := reopen_failed(connection, conversation_id, clicked_at=now):
                connection.execute(insert(tables.Turn), row | mere_record)
                turn = _queued_turn(failed.id, conversation_id, failed.kind, None, failed.user_id)
                enqueue(connection, turn)
                return turn
            row["kind"] = Kind.MESSAGE
        drop_failed(connection, conversation_id, key.message_id if key.kind.is_update else None)
        unfinished = (
            select(func.count(), func.count(tables.Turn.refusal))
            .where(tables.Turn.conversation_id == conversation_id)
            .where(tables.Turn.finished_at.is_(None))
        )
        count, refused = connection.execute(unfinished).one()
        is_too_many = count - refused > self._max_waiting and row["kind"] in (Kind.MESSAGE, Kind.EDIT)
        if is_too_many and refused:  # an earlier refusal informs the user
            return None
        row["refusal"] = refusal = Refusal.TOO_MANY_WAIT if is_too_many else None
        turn_id = connection.execute(insert(tables.Turn).returning(tables.Turn.id), row).scalar_one()
        turn = _queued_turn(turn_id, conversation_id, row["kind"], refusal, row["user_id"])
        enqueue(connection, turn)
        return turn

    async def unfinished(self) -> list[QueuedTurn]:
        """Return all unfinished turns in the order of their arrival."""
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
        return await self._database.run(lambda connection: [_queued_turn(*row) for row in connection.execute(turns)])

    async def waiting_messages(self, turn_ids: Sequence[int]) -> dict[int, "WaitingMessage"]:
        """Return the messages of those turns that have not begun, and are about a message."""
        other = aliased(tables.Turn)
        is_answering = exists().where(
            other.conversation_id == tables.Turn.conversation_id,
            other.finished_at.is_(None),
            other.attempts > other.stops,
        )
        service_url = tables.Turn.activity["serviceUrl"].as_string()
        turns = select(tables.Turn.id, service_url, tables.Turn.conversation_id, is_answering).where(
            tables.Turn.id.in_(turn_ids),
            tables.Turn.kind == Kind.MESSAGE,
            tables.Turn.attempts == tables.Turn.stops,
            tables.Turn.finished_at.is_(None),
        )
        rows = await self._database.run(lambda connection: connection.execute(turns).all())
        return {id: WaitingMessage(*rest) for id, *rest in rows}

    async def begin(self, turn_id: int, *, is_alone: bool = False) -> "StoredTurn | None":
        """Begin an attempt, and count it in case the process crashes.

        Returns:
            The turn, refused if it has crashed too often. None if it is finished, or on its last attempt and not
            `is_alone`.
        """
        begin = (
            update(tables.Turn)
            .where(tables.Turn.id == turn_id, tables.Turn.finished_at.is_(None))
            .values(attempts=tables.Turn.attempts + 1)
            .returning(tables.Turn)
        )
        if self._max_attempts > 1 and not is_alone:
            begin = begin.where(tables.Turn.attempts - tables.Turn.stops != self._max_attempts - 1)
        row = await self._database.run(lambda connection: connection.execute(begin).one_or_none())
        if row is None:
            return None
        turn = self._turn(row)
        crashes = row.attempts - row.stops - 1
        if crashes >= self._max_attempts:
            with logged_turn(turn.id, turn.conversation_id):
                logger.error("Turn not answered, the process crashed during %d attempts", crashes)
            turn.refusal = Refusal.TOO_MANY_CRASHES
        if crashes > self._max_attempts:  # it also crashed while it informed the user
            await self.finish(turn)
            return None
        return turn

    async def restart(self, turn: "StoredTurn") -> "StoredTurn":
        """Begin the next attempt after an update has replaced the turn's activity. The last one counts as no crash.

        Raises:
            TakenOverError: another process has taken the turn over.
        """
        begin = (
            update(tables.Turn)
            .where(tables.Turn.id == turn.id, tables.Turn.attempts == turn.attempt)
            .values(attempts=tables.Turn.attempts + 1, stops=tables.Turn.stops + 1)
            .returning(tables.Turn)
        )
        row = await self._database.run(lambda connection: connection.execute(begin).one_or_none())
        if row is None:
            raise TakenOverError
        return self._turn(row)

    async def find_updated(self, turns: Iterable["StoredTurn"]) -> set[int]:
        """Return the ids of those turns whose activity an update has replaced since their attempt began."""
        known = {turn.id: turn.updates for turn in turns}
        updates = select(tables.Turn.id, tables.Turn.updates).where(tables.Turn.id.in_(known))
        rows = await self._database.run(lambda connection: connection.execute(updates).all())
        return {id for id, number in rows if number != known[id]}

    async def give_back(self, turn: "StoredTurn") -> None:
        """Leave a turn to a later attempt, because the process shuts down. This attempt counts as no crash."""
        await self._write(turn, update(tables.Turn).values(stops=tables.Turn.stops + 1))

    async def finish(self, turn: "StoredTurn") -> bool:
        """Finish a turn, and delete its activity unless the user may ask for another attempt.

        Returns:
            False if an update has replaced the activity meanwhile: the turn is not finished, and has to start again.
        """
        end = update(tables.Turn).values(finished_at=datetime.now(UTC))
        if not turn.may_be_repeated:
            end = end.values(user_id=None, activity=None)
        if turn.kind is Kind.INSTALLED and not turn.sent_ids:
            end = delete(tables.Turn)  # so that the next report of an installation is answered
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
        message_id = turn.activity["id"]
        return await self._database.run(
            lambda connection: read_earlier(connection, turn.conversation_id, message_id, turn.id)
        )

    async def confirm_lease(self, turn: "StoredTurn") -> None:
        """Check that no other process has taken the turn over.

        Raises:
            TakenOverError: another process has.
        """
        latest = select(tables.Turn.attempts).where(tables.Turn.id == turn.id)
        if await self._database.run(lambda connection: connection.scalar(latest)) != turn.attempt:
            raise TakenOverError
        turn.lease_confirmed_at = asyncio.get_running_loop().time()

    async def delete_old(self) -> None:
        """Delete finished turns after their retention, except installations, so that nobody is welcomed twice.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: they cannot be deleted.
        """
        old = delete(tables.Turn).where(tables.Turn.finished_at < datetime.now(UTC) - self._retention)
        old = old.where(tables.Turn.kind != Kind.INSTALLED)
        await self._database.run(lambda connection: connection.execute(old))

    def _turn(self, row: Row[Any]) -> "StoredTurn":
        return StoredTurn(
            self,
            id=row.id,
            conversation_id=row.conversation_id,
            kind=Kind(row.kind),
            attempt=row.attempts,
            updates=row.updates,
            activity=row.activity,
            refusal=row.refusal and Refusal(row.refusal),
            sent_ids=row.sent_ids,
        )

    async def _write(self, turn: "StoredTurn", change: Update | Delete) -> None:
        latest = change.where(tables.Turn.id == turn.id, tables.Turn.attempts == turn.attempt)
        if await self._database.run(lambda connection: connection.execute(latest).rowcount) == 0:
            raise TakenOverError
        turn.lease_confirmed_at = asyncio.get_running_loop().time()


@dataclass(frozen=True)
class WaitingMessage:
    """The message of a turn that has not begun."""

    service_url: str
    conversation_id: str
    is_behind: bool
    """True if another turn of the conversation has begun, which shows its own progress."""


@dataclass
class StoredTurn:
    """An attempt of a turn; implements `parley.turn.Turn`."""

    _store: TurnStore
    id: int
    conversation_id: str
    kind: Kind
    """The kind of the turn's first activity; an update may have replaced that activity since."""
    attempt: int
    """The number of this attempt, from 1 upward. The stored number is higher once another process has taken over."""
    updates: int
    """The number of updates that had replaced the activity when this attempt began."""
    activity: Json
    refusal: Refusal | None
    sent_ids: list[str]
    is_cancelled_by_update: bool = False
    has_failed: bool = False
    may_be_repeated: bool = False
    lease_confirmed_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    """The event loop's time at which this attempt was last known to be the latest."""

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
        """Check that no other process has taken the turn over, as one can while this process is suspended.

        Raises:
            TakenOverError: another process has.
        """
        if asyncio.get_running_loop().time() - self.lease_confirmed_at > _LEASE:
            try:
                await self._store.confirm_lease(self)
            except SQLAlchemyError as error:
                logger.warning("Lease not confirmed, the database is unavailable: %s", error)


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
            logger.exception("Ids of sent messages not stored")


@dataclass(frozen=True)
class _MessageUpdate:
    _store: TurnStore
    _turn: StoredTurn

    async def read_earlier(self) -> EarlierTurns:
        return await self._store.read_earlier(self._turn)

    async def adopt(self, sent_ids: Sequence[str]) -> None:
        self._turn.sent_ids[:] = sent_ids
        await self._store.save_sent_ids(self._turn)


def _queued_turn(turn_id: int, conversation_id: str, kind: str, refusal: str | None, user_id: str | None) -> QueuedTurn:
    # Refusals and deletions have their own ordering keys, so that they do not wait behind answers in progress.
    aside = refusal or ("deletions" if kind in (Kind.DELETION, Kind.UNDELETION) else None)
    return QueuedTurn(turn_id, f"{conversation_id} {aside}" if aside else conversation_id, user_id or "")
