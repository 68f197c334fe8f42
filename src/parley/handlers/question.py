"""What a message asks the bot."""

from microsoft_teams.api import MessageActivity
from microsoft_teams.api.activities.utils import StripMentionsTextOptions

from ..chat import Chat, with_author, without_frames
from ..replies import is_group
from .quotes import quotes_in, without_quotes


async def read_question(message: MessageActivity, chat: Chat) -> str:
    """What the model is asked: what the person quotes, then what the person wrote. Among several people it begins with
    the person's own name. Empty if there is nothing but the mention of the bot.

    Of a quoted message Teams tells only the beginning; if it belongs to an answer of the conversation, the model is
    given more of that.
    """
    question = without_frames(read_words(message))
    for quote in reversed(quotes_in(message)):
        answer = await chat.history.find_answer(message.conversation.id, quote.message_id)
        question = f"{quote.render(answer)}\n\n{question}".strip()
    if question and is_group(message.conversation):
        return with_author(question, message.from_.name)
    return question


def read_words(activity: MessageActivity) -> str:
    """What the person wrote: without the mention of the bot, with the mentions of other people as their names.

    Teams marks a mention with `<at>…</at>` in the text and with an entity that says who is meant; the entity decides.
    The space after a mention may be a `&nbsp;`.
    """
    text = without_quotes(activity.text).replace("</at>&nbsp;", "</at> ")
    message = activity.model_copy(update={"text": text})
    message.strip_mentions_text(StripMentionsTextOptions(account_id=activity.recipient.id))
    message.strip_mentions_text(StripMentionsTextOptions(tag_only=True))
    return message.text.strip()
