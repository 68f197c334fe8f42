"""A message is edited or deleted, or its deletion is undone: the conversation's history follows."""

import logging
from typing import Any

from microsoft_teams.api import MessageActivity, MessageDeleteActivity, MessageUpdateActivity
from microsoft_teams.apps import ActivityContext, App

from ..attachments import names_all, uploads_of, with_other_words
from ..chat import is_same_question
from ..language import localizer_for
from ..storage import retry_until_available
from ..turn import Turn, current_turn
from .context import Services, user_id_of
from .message import take
from .question import read_question

logger = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Follow what becomes of messages."""
    history = services.chat.history

    @app.on_edit_message
    async def handle_edit(ctx: ActivityContext[MessageUpdateActivity]) -> None:
        """The last question is answered anew, in the place of its answer. Of an earlier one only the history learns."""
        message, turn = as_message(ctx.activity), current_turn.get()
        # With messages of its own, an earlier attempt of the turn has begun the answer.
        if turn.is_update and not (turn.refusal or turn.sent_ids) and not await begins_anew(message, turn, services):
            return
        await take(ctx, message, services)

    @app.on_soft_delete_message
    async def handle_deletion(ctx: ActivityContext[MessageDeleteActivity]) -> None:
        """The question leaves the history, and its answer with it. What was begun of an answer leaves Teams."""
        conversation_id, id = ctx.activity.conversation.id, ctx.activity.id
        if not await retry_until_available(history.find, conversation_id, id):
            await services.replies.open(ctx, current_turn.get(), localizer_for(None)).delete()
        await retry_until_available(history.delete, conversation_id, id)
        logger.info("A question was deleted")

    @app.on_undelete_message
    async def handle_undeletion(ctx: ActivityContext[MessageUpdateActivity]) -> None:
        """Question and answer come back. What was deleted before it was answered is answered now."""
        turn = current_turn.get()
        if await retry_until_available(history.restore, ctx.activity.conversation.id, ctx.activity.id):
            logger.info("A question is back")
        elif not turn.is_update or (await retry_until_available(turn.past)).was_withdrawn:
            await take(ctx, as_message(ctx.activity), services)


async def begins_anew(message: MessageActivity, turn: Turn, services: Services) -> bool:
    """Whether a message that was edited is to be answered anew. Then the history has forgotten it, and the turn changes
    the messages of its answer; if not, the history has the new words."""
    history, conversation_id = services.chat.history, message.conversation.id
    await retry_until_available(history.restore, conversation_id, message.id)
    known = await retry_until_available(history.find, conversation_id, message.id)
    if known is None:
        past = await retry_until_available(turn.past)
        if past.is_known and not past.is_last:
            return False  # a command of earlier, or something that is forgotten
        await retry_until_available(turn.adopt, past.sent_ids)
        return True
    question = with_other_words(known.question, await retry_until_available(read_question, message, services.chat))
    if is_same_question(question, known.question) and names_all(question, uploads_of(message)):
        return False  # something else about it is new, such as the preview of a link
    if not known.is_last:
        logger.info("An earlier question has changed")
        await retry_until_available(history.correct, conversation_id, message.id, question)
        return False
    if not await retry_until_available(services.allowance.spend, user_id_of(message.from_), turn.question_id):
        # Else the answer stays, and the person is told by another message.
        await retry_until_available(turn.adopt, known.answer_ids)
        await retry_until_available(history.drop, conversation_id, message.id)
    return True


def as_message(update: MessageUpdateActivity) -> MessageActivity:
    """The message as it reads now."""
    fields: dict[str, Any] = update.model_dump(by_alias=True, exclude_none=True)
    return MessageActivity.model_validate(fields | {"type": "message"})
