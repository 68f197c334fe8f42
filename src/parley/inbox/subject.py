"""Which activities are turns, and what each of them is about."""

from dataclasses import dataclass
from typing import Any

HELLO = "hello"


@dataclass(frozen=True)
class Subject:
    """What a turn is about."""

    id: str
    """By what the activity is known when it arrives again."""
    message_id: str
    """The message that it brings, or tells news of."""
    is_news: bool = False
    """Whether it tells news of a message that was sent before."""


def subject_of(activity: dict[str, Any]) -> Subject | None:
    """What the activity is about; None for one that is no turn.

    Teams tells with the message's own id that it was edited or deleted, or that its deletion was undone. That the bot
    was installed it announces twice, as `installationUpdate` and as `conversationUpdate` (bots/how-to/conversations/
    subscribe-to-conversation-events.md in MicrosoftDocs/msteams-docs); only the former has the person's locale.
    """
    match activity["type"]:
        case "message":
            return Subject(activity["id"], activity["id"])
        case "messageUpdate" | "messageDelete":
            # Teams sends the very same activity again; a second edit has another time. A deletion may come
            # without its event.
            what = activity["channelData"].get("eventType")
            return Subject(f"{activity['id']} {what} {activity.get('timestamp')}", activity["id"], is_news=True)
        case "installationUpdate" if activity.get("action") == "add":
            return Subject(HELLO, HELLO)
        case _:
            return None
