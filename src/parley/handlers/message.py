"""A message arrives: ask the model, and let the answer reach the person."""

import logging
from uuid import uuid4

from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App

from ..chat import GROUP_INSTRUCTIONS, Chat, EmptyAnswerError, explain, with_author
from ..replies import Replies, Reply, StoppedError, is_group
from .question import read_question

logger = logging.getLogger(__name__)

NO_QUESTION = "Hi! What can I do for you? Write me a question, and I will do my best."


def register(app: App, chat: Chat, replies: Replies) -> None:
    """Answer every message."""

    @app.on_message
    async def handle_message(ctx: ActivityContext[MessageActivity]) -> None:
        reply = replies.open(ctx)
        try:
            await answer(ctx.activity, chat, reply)
        except StoppedError:
            logger.info("A person has stopped an answer")
        except Exception as error:
            await apologize(error, reply)


async def answer(activity: MessageActivity, chat: Chat, reply: Reply) -> None:
    """Answer one message. The conversation remembers it only if the answer has arrived."""
    question, instructions = read_question(activity), chat.instructions
    if not question:
        await reply.say(NO_QUESTION)
        return
    if is_group(activity.conversation):
        question = with_author(question, activity.from_.name)
        instructions = f"{instructions}\n\n{GROUP_INSTRUCTIONS}"

    async with chat.prompt(activity.conversation.id) as prompt:
        result = await reply.accompany(prompt.send(question, instructions=instructions, on_chunk=reply.add))
        content = result.response.content
        if not content or content.isspace():
            raise EmptyAnswerError
        await reply.finish()
    logger.info("Answered a message in %s", activity.conversation.conversation_type or "a conversation")


async def apologize(error: Exception, reply: Reply) -> None:
    """Tell the person what happened and what to do, and the log the cause, both under the same id."""
    incident = uuid4().hex[:8]
    logger.error("A turn failed, id %s: %s: %s", incident, type(error).__name__, error, exc_info=error)
    try:
        await reply.say(f"{explain(error)} (id: {incident})")
    except Exception:
        logger.exception("The person could not be told of it, id %s", incident)
