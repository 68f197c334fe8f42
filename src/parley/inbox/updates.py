"""What the turns tell of a message when there is news of it: that it was edited or deleted, or is back."""

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from ..storage.tables import Turn
from ..turn import EarlierTurns
from .turn_key import Kind, TurnKey

# After all times that Teams tells.
_NEVER = "9999"


def is_overtaken(connection: Connection, conversation_id: str, subject: TurnKey) -> bool:
    """Whether later news of the message has arrived already: Teams does not promise an order."""
    later = _about(conversation_id, subject.message_id) & (Turn.kind != Kind.MESSAGE)
    if subject.kind.is_update:
        later &= Turn.happened_at > (subject.happened_at or _NEVER)
    return bool(connection.scalar(select(exists().where(later))))


def replace_unfinished(connection: Connection, activity: dict[str, object], conversation_id: str, id: str) -> bool:
    """Put the activity in the place of what the unfinished turn about the message has, if there is such a turn."""
    unfinished = (
        update(Turn)
        .where(_about(conversation_id, id), Turn.finished_at.is_(None), Turn.refusal.is_(None))
        .values(activity=activity, updates=Turn.updates + 1)
    )
    return connection.execute(unfinished).rowcount > 0


def read_earlier(connection: Connection, conversation_id: str, message_id: str, turn_id: int) -> EarlierTurns:
    """Return the turns that the message had before `turn_id`, which updates it."""
    # What has taken an unfinished turn's place was never begun itself.
    begun = _about(conversation_id, message_id) & (Turn.id != turn_id) & (Turn.attempts > 0)
    sent_ids = connection.scalar(select(Turn.sent_ids).where(begun).order_by(Turn.id.desc()).limit(1))
    came_at = connection.scalar(select(func.min(Turn.id)).where(begun))
    came_later = (Turn.conversation_id == conversation_id) & (Turn.kind == Kind.MESSAGE) & (Turn.id > (came_at or 0))
    deleted_unanswered = _about(conversation_id, message_id) & (Turn.kind == Kind.DELETION) & (Turn.attempts == 0)
    return EarlierTurns(
        is_known=came_at is not None,
        is_last=came_at is not None and not connection.scalar(select(exists().where(came_later))),
        was_deleted_unanswered=bool(connection.scalar(select(exists().where(deleted_unanswered)))),
        sent_ids=sent_ids or [],
    )


def _about(conversation_id: str, message_id: str) -> ColumnElement[bool]:
    return (Turn.conversation_id == conversation_id) & (Turn.message_id == message_id)
