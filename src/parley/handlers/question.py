"""What a message asks the bot."""

from microsoft_teams.api import MessageActivity
from microsoft_teams.api.activities.utils import StripMentionsTextOptions

# An author's name is the first thing the model reads in a group, so it is kept short and on one line.
_LONGEST_NAME = 80

GROUP_INSTRUCTIONS = (
    "You are in a group conversation. Each message begins with the name of the person who wrote it and a colon. "
    "Begin yours without a name."
)


def read_question(activity: MessageActivity) -> str:
    """What the person wrote: without the mention of the bot, with the mentions of other people as their names.

    Teams marks a mention with `<at>…</at>` in the text and with an entity that says who is meant; the entity decides.
    """
    message = activity.model_copy()
    message.strip_mentions_text(StripMentionsTextOptions(account_id=activity.recipient.id))
    message.strip_mentions_text(StripMentionsTextOptions(tag_only=True))
    return message.text.replace("&nbsp;", " ").replace("\xa0", " ").strip()


def signed(question: str, activity: MessageActivity) -> str:
    """The question with its author's name before it, for conversations of several people."""
    name = " ".join((activity.from_.name or "Somebody").split())
    return f"{name[:_LONGEST_NAME]}: {question}"
