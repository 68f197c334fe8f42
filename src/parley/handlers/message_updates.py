"""A message was edited, deleted or restored: the history follows."""

import logging
from typing import Any

from microsoft_teams.api import MessageActivity, MessageDeleteActivity, MessageUpdateActivity
from microsoft_teams.apps import ActivityContext, App

from ..attachments import names_all, uploads_of, with_other_words
from ..chat import is_same_question
from ..storage import retry_until_available
from ..turn import MessageUpdate
from .context import MessageTurn, Services
from .message import respond
from .reading.question import question_text

logger = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Follow each message update."""
    history = services.chat.history

    @app.on_edit_message
    async def handle_edit(ctx: ActivityContext[MessageUpdateActivity]) -> None:
        """Answer the last question again, in the place of its answer. For an earlier question, correct the history."""
        context = services.message_turn(ctx, as_message(ctx.activity))
        turn = context.turn
        # If an earlier attempt already sent messages, continue that answer.
        is_begun = turn.refusal or turn.sent.ids
        if turn.update and not is_begun and not await is_to_be_answered(context, turn.update, services):
            return
        await respond(context, services)

    @app.on_soft_delete_message
    async def handle_deletion(ctx: ActivityContext[MessageDeleteActivity]) -> None:
        """Take the question and its answer out of the history. An unfinished answer is deleted in Teams, too."""
        conversation_id, id = ctx.activity.conversation.id, ctx.activity.id
        if not await retry_until_available(history.find, conversation_id, id):
            await services.turn(ctx).reply.delete()
        await retry_until_available(history.hide, conversation_id, id)
        logger.info("Question deleted")

    @app.on_undelete_message
    async def handle_undeletion(ctx: ActivityContext[MessageUpdateActivity]) -> None:
        """Restore the question and its answer. A question that was deleted before its answer is answered now."""
        if await retry_until_available(history.restore, ctx.activity.conversation.id, ctx.activity.id):
            logger.info("Question restored")
            return
        context = services.message_turn(ctx, as_message(ctx.activity))
        update = context.turn.update
        if not update or (await retry_until_available(update.read_earlier)).was_deleted_unanswered:
            await respond(context, services)


async def is_to_be_answered(turn: MessageTurn, update: MessageUpdate, services: Services) -> bool:
    """True if an edited message gets a new answer.

    Then the history has dropped the old one, and the turn owns its messages, to replace them. Otherwise the history has
    the new text of the message.
    """
    history, message, conversation_id = services.chat.history, turn.message, turn.conversation_id
    await retry_until_available(history.restore, conversation_id, message.id)
    known = await retry_until_available(history.find, conversation_id, message.id)
    if known is None:
        earlier = await retry_until_available(update.read_earlier)
        if earlier.is_known and not earlier.is_last:
            return False  # an earlier command, or a question that was forgotten
        await retry_until_available(update.adopt, earlier.sent_ids)
        return True
    text = await retry_until_available(question_text, turn, history)
    question = with_other_words(known.question, text)
    if is_same_question(question, known.question) and names_all(question, uploads_of(message)):
        return False  # only something else changed, for example the preview of a link
    if not known.is_last:
        logger.info("Earlier question edited")
        await retry_until_available(history.correct, conversation_id, message.id, question)
        return False
    if not await retry_until_available(services.limits.acquire, turn.user_id, turn.question_id):
        # Over the limit the old answer stays, and a message of its own says so.
        await retry_until_available(update.adopt, known.answer_ids)
        await retry_until_available(history.delete, conversation_id, message.id)
    return True


def as_message(update: MessageUpdateActivity) -> MessageActivity:
    """The message with its new content."""
    fields: dict[str, Any] = update.model_dump(by_alias=True, exclude_none=True)
    return MessageActivity.model_validate(fields | {"type": "message"})
