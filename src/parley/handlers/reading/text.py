"""The words that a user wrote in a message."""

from microsoft_teams.api import MessageActivity

from ...attachments import html_copy_of
from ...text import is_blank, trimmed
from .mentions import without_mention
from .quotes import without_forwards, without_quotes


def read_text(message: MessageActivity) -> str:
    """The words of the user, without the mention of the bot, with the mentions of others as their names.

    Teams sends a copy in HTML, which has what the text lacks: emoji, and in the messages of some clients all words.
    """
    copy = html_copy_of(message)
    text = without_forwards(without_quotes(message.text), message)
    is_only_in_copy = is_blank(without_mention(text, message))
    return trimmed(without_mention(copy.words if is_only_in_copy else copy.with_emoji(text), message))
