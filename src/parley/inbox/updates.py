"""Queries of the table `turns` about message updates."""

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from ..storage.tables import Turn
from ..turn import EarlierTurns
from .turn_key import Kind, TurnKey

# Later than all times that Teams gives.
_NEVER = "9999"


def is_superseded(connection: Connection, conversation_id: str, key: TurnKey) -> bool:
    """Return True if a later update of the message has arrived already: Teams does not guarantee an order."""
    later = _about(conversation_id, key.message_id) & (Turn.kind != Kind.MESSAGE)
    if key.kind.is_update:
        later &= Turn.happened_at > (key.happened_at or _NEVER)
    return bool(connection.scalar(select(exists().where(later))))


def update_unfinished(connection: Connection, activity: dict[str, object], conversation_id: str, id: str) -> bool:
    """Let an update replace the activity of the message's unfinished turn. Return False if there is no such turn."""
    unfinished = (
        update(Turn)
        .where(_about(conversation_id, id), Turn.finished_at.is_(None), Turn.refusal.is_(None))
        .values(activity=activity, updates=Turn.updates + 1)
    )
    return connection.execute(unfinished).rowcount > 0


def read_earlier(connection: Connection, conversation_id: str, message_id: str, turn_id: int) -> EarlierTurns:
    """Return the turns that the message had before `turn_id`, which updates it."""
    # A row of an update that replaced an activity was never begun.
    begun = _about(conversation_id, message_id) & (Turn.id != turn_id) & (Turn.attempts > 0)
    sent_ids = connection.scalar(select(Turn.sent_ids).where(begun).order_by(Turn.id.desc()).limit(1))
    first_id = connection.scalar(select(func.min(Turn.id)).where(begun))
    later = (Turn.conversation_id == conversation_id) & (Turn.kind == Kind.MESSAGE) & (Turn.id > (first_id or 0))
    deleted_unanswered = _about(conversation_id, message_id) & (Turn.kind == Kind.DELETION) & (Turn.attempts == 0)
    return EarlierTurns(
        is_known=first_id is not None,
        is_last=first_id is not None and not connection.scalar(select(exists().where(later))),
        was_deleted_unanswered=bool(connection.scalar(select(exists().where(deleted_unanswered)))),
        sent_ids=sent_ids or [],
    )


def _about(conversation_id: str, message_id: str) -> ColumnElement[bool]:
    return (Turn.conversation_id == conversation_id) & (Turn.message_id == message_id)
