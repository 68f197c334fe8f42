"""Which activities are turns, and what each of them is about."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any


class Kind(StrEnum):
    """What a turn is about."""

    INSTALLED = "installed"
    """The bot was installed."""
    MESSAGE = "message"
    EDIT = "edit"
    """A message reads otherwise now."""
    DELETION = "deletion"
    UNDELETION = "undeletion"
    """The deletion of a message was undone."""

    @property
    def is_update(self) -> bool:
        """Whether it tells news of a message that was sent before."""
        return self in (Kind.EDIT, Kind.DELETION, Kind.UNDELETION)


@dataclass(frozen=True)
class TurnKey:
    """What an activity is about."""

    id: str
    """By what the activity is known when it arrives again."""
    message_id: str
    """The message that it brings, or tells news of."""
    kind: Kind = Kind.MESSAGE
    happened_at: str | None = None
    """When it happened, as Teams tells it; later times are greater."""


def turn_key_of(activity: dict[str, Any]) -> TurnKey | None:
    """What the activity is about; None for one that is no turn.

    Teams tells with the message's own id that it was edited or deleted, or that its deletion was undone. That the bot
    was installed it announces twice, as `installationUpdate` and as `conversationUpdate` (bots/how-to/conversations/
    subscribe-to-conversation-events.md in MicrosoftDocs/msteams-docs); only the former has the person's locale.
    """
    match activity["type"]:
        case "message":
            return TurnKey(activity["id"], activity["id"])
        case "messageUpdate":
            is_undeletion = activity["channelData"]["eventType"] == "undeleteMessage"
            return _news(activity, Kind.UNDELETION if is_undeletion else Kind.EDIT)
        case "messageDelete":
            return _news(activity, Kind.DELETION)
        case "installationUpdate" if activity.get("action") == "add":
            return TurnKey(Kind.INSTALLED, Kind.INSTALLED, Kind.INSTALLED)
        case _:
            return None


def _news(activity: dict[str, Any], kind: Kind) -> TurnKey:
    # Teams sends the very same activity again; a second edit has another time, or at least another text.
    happened_at = activity.get("timestamp")
    stamp = happened_at or sha256((activity.get("text") or "").encode()).hexdigest()
    return TurnKey(f"{activity['id']} {kind} {stamp}", activity["id"], kind, happened_at)
