"""The text that the model is asked, and the notices about attachments."""

from collections.abc import Iterable

from microsoft_teams.api import MessageActivity

from ..attachments import Note, html_copy_of
from ..chat import Chat, with_author, without_frames
from ..extraction.problems import Problem
from ..language import Localizer
from ..replies import is_group
from ..text import is_blank, trimmed
from .mentions import without_mention
from .quotes import quotes_in, without_forwards, without_quotes


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


def read_words(message: MessageActivity) -> str:
    """What the person wrote: without the mention of the bot, with the mentions of other people as their names. What the
    text lacks, Teams has in a copy in HTML: emoji, and in the messages of some clients all words."""
    copy = html_copy_of(message)
    text = without_forwards(without_quotes(message.text), message)
    is_only_in_copy = is_blank(without_mention(text, message))
    return trimmed(without_mention(copy.words if is_only_in_copy else copy.with_emoji(text), message))


def tell(notes: Iterable[Note], say: Localizer) -> list[str]:
    """The lines for the notes, one for each problem, with the names that it is about.

    The names are in code spans, so that none is taken for Markdown.
    """
    names: dict[Problem, list[str]] = {}
    for note in notes:
        names.setdefault(note.problem, []).append(f"`{note.name}`")
    return [say(problem, names=", ".join(named)) for problem, named in names.items()]
