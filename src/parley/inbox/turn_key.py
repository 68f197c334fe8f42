"""Recognizes the activities that become turns, and gives each its idempotency key."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from ..language import localizer_for


class Kind(StrEnum):
    """The event that an activity reports."""

    INSTALLED = "installed"
    """The bot was installed."""
    MESSAGE = "message"
    EDIT = "edit"
    DELETION = "deletion"
    UNDELETION = "undeletion"
    """The deletion of a message was undone."""
    REPETITION = "repetition"
    """The user clicked on the suggested action that repeats a failed question."""

    @property
    def is_update(self) -> bool:
        """True if it is about a message that was sent before."""
        return self in (Kind.EDIT, Kind.DELETION, Kind.UNDELETION)


@dataclass(frozen=True)
class TurnKey:
    """The identity of an activity."""

    id: str
    """The idempotency key: the same when Teams sends the activity again."""
    message_id: str
    """The message that the activity contains or updates."""
    kind: Kind = Kind.MESSAGE
    happened_at: str | None = None
    """The time of the event, as Teams gives it; later times are greater."""


def turn_key_of(activity: dict[str, Any]) -> TurnKey | None:
    """Return the key of an activity, None if it is not a turn.

    Message updates have the id of the message itself. Teams reports an installation twice, as `installationUpdate` and
    as `conversationUpdate` (bots/how-to/conversations/subscribe-to-conversation-events.md in MicrosoftDocs/
    msteams-docs); only the former has the user's locale.
    """
    match activity["type"]:
        case "message":
            kind = Kind.REPETITION if _asks_again(activity) else Kind.MESSAGE
            return TurnKey(activity["id"], activity["id"], kind)
        case "messageUpdate":
            is_undeletion = activity["channelData"]["eventType"] == "undeleteMessage"
            return _update_key(activity, Kind.UNDELETION if is_undeletion else Kind.EDIT)
        case "messageDelete":
            return _update_key(activity, Kind.DELETION)
        case "installationUpdate" if activity.get("action") == "add":
            return TurnKey(Kind.INSTALLED, Kind.INSTALLED, Kind.INSTALLED)
        case _:
            return None


def _asks_again(activity: dict[str, Any]) -> bool:
    """True if the message is what a click on the suggested action sends. A user may write it, too."""
    action = localizer_for(activity.get("locale"))("try-again")
    return (activity.get("text") or "").strip().casefold() == action.casefold()


def _update_key(activity: dict[str, Any], kind: Kind) -> TurnKey:
    # A repeated activity has the same time and text; another edit has another time, or at least another text.
    happened_at = activity.get("timestamp")
    stamp = happened_at or sha256((activity.get("text") or "").encode()).hexdigest()
    return TurnKey(f"{activity['id']} {kind} {stamp}", activity["id"], kind, happened_at)
