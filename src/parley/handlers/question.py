"""What a message asks the bot."""

from microsoft_teams.api import MessageActivity
from microsoft_teams.api.activities.utils import StripMentionsTextOptions

from ..chat import with_author
from ..replies import is_group


def read_question(activity: MessageActivity) -> str:
    """What the person wrote: without the mention of the bot, with the mentions of other people as their names. Among
    several people it begins with the person's own name. Empty if there is nothing but the mention.

    Teams marks a mention with `<at>…</at>` in the text and with an entity that says who is meant; the entity decides.
    The space after a mention may be a `&nbsp;`.
    """
    message = activity.model_copy(update={"text": activity.text.replace("</at>&nbsp;", "</at> ")})
    message.strip_mentions_text(StripMentionsTextOptions(account_id=activity.recipient.id))
    message.strip_mentions_text(StripMentionsTextOptions(tag_only=True))
    question = message.text.strip()
    if question and is_group(activity.conversation):
        return with_author(question, activity.from_.name)
    return question
