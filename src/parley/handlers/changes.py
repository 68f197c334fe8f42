"""A message is edited or deleted, or its deletion is undone: the conversation's history follows."""

import logging
from typing import Any

from microsoft_teams.api import MessageActivity, MessageDeleteActivity, MessageUpdateActivity
from microsoft_teams.apps import ActivityContext, App

from ..attachments import with_other_words
from ..language import language_of
from ..turn import current_turn
from .message import take
from .question import read_question
from .services import Services

logger = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Follow what becomes of messages."""
    history = services.chat.history

    @app.on_edit_message
    async def handle_edit(ctx: ActivityContext[MessageUpdateActivity]) -> None:
        """The last question is answered anew, in the place of its answer. Of an earlier one only the history learns."""
        message, turn = as_message(ctx.activity), current_turn.get()
        known = await history.find(message.conversation.id, message.id)
        if known and not known.is_last:
            words = await read_question(message, services.chat)
            await history.correct(message.conversation.id, message.id, lambda told: with_other_words(told, words))
            logger.info("Corrected an earlier question")
            return
        if known and not turn.sent_ids:
            await turn.adopt(known.answer_ids)
        await take(ctx, message, services)

    @app.on_soft_delete_message
    async def handle_deletion(ctx: ActivityContext[MessageDeleteActivity]) -> None:
        """The question leaves the history, and its answer with it; what was begun of the answer leaves Teams."""
        await services.replies.open(ctx, current_turn.get(), language_of(None)).withdraw()
        await history.delete(ctx.activity.conversation.id, ctx.activity.id)
        logger.info("A question was deleted")

    @app.on_undelete_message
    async def handle_undeletion(ctx: ActivityContext[MessageUpdateActivity]) -> None:
        """Question and answer come back. What was deleted before it was answered is answered now."""
        if not await history.restore(ctx.activity.conversation.id, ctx.activity.id):
            await take(ctx, as_message(ctx.activity), services)


def as_message(update: MessageUpdateActivity) -> MessageActivity:
    """The message as it reads now."""
    fields: dict[str, Any] = update.model_dump(by_alias=True, exclude_none=True)
    return MessageActivity.model_validate(fields | {"type": "message"})
