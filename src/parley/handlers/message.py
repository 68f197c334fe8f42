"""A message arrives: ask the model, and let the answer reach the person."""

import logging
from uuid import uuid4

from microsoft_teams.ai import ModelMessage
from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App

from ..chat import CUT_OFF, GROUP_INSTRUCTIONS, Answer, Chat, EmptyAnswerError, Usage, explain, with_author
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
        except Exception as error:
            await apologize(error, reply)


async def answer(activity: MessageActivity, chat: Chat, reply: Reply) -> None:
    """Answer one message. The conversation remembers it only if the answer has arrived, or as much as was shown."""
    conversation, question, instructions = activity.conversation, read_question(activity), chat.instructions
    if not question:
        await reply.say(NO_QUESTION)
        return
    if is_group(conversation):
        question = with_author(question, activity.from_.name)
        instructions = f"{instructions}\n\n{GROUP_INSTRUCTIONS}"

    try:
        async with chat.prompt(conversation.id, on_tool=reply.use_tool) as prompt:
            result = await reply.accompany(prompt.send(question, instructions=instructions, on_chunk=reply.add))
            await deliver(result.response, reply)
    except StoppedError as stop:
        logger.info("A person has stopped an answer")
        await chat.remember_interrupted(conversation.id, question, stop.shown)


async def deliver(message: ModelMessage, reply: Reply) -> None:
    """Let the person have what the model has said, and know when the token limit has cut it off."""
    if isinstance(message, Answer) and message.cut_off:
        await reply.say(CUT_OFF)
    elif not message.content or message.content.isspace():
        raise EmptyAnswerError
    else:
        await reply.finish()
    logger.info("Answered a message, %s", message.usage if isinstance(message, Answer) else Usage())


async def apologize(error: Exception, reply: Reply) -> None:
    """Tell the person what happened and what to do, and the log the cause, both under the same id."""
    incident = uuid4().hex[:8]
    logger.error("A turn failed, id %s: %s: %s", incident, type(error).__name__, error, exc_info=error)
    try:
        await reply.say(f"{explain(error)} (id: {incident})")
    except Exception:
        logger.exception("The person could not be told of it, id %s", incident)
