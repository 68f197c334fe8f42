"""A message arrives: ask the model, and let the answer reach the person."""

import logging
from uuid import uuid4

from microsoft_teams.api import ConversationAccount, MessageActivity
from microsoft_teams.apps import ActivityContext, App

from ..chat import CUT_OFF, GROUP_INSTRUCTIONS, Answer, Chat, EmptyAnswerError, explain
from ..replies import Replies, Reply, StoppedError, is_group
from .question import read_question

logger = logging.getLogger(__name__)

NO_QUESTION = "Hi! What can I do for you? Write me a question, and I will do my best."


def register(app: App, chat: Chat, replies: Replies) -> None:
    """Answer every message."""

    @app.on_message
    async def handle_message(ctx: ActivityContext[MessageActivity]) -> None:
        reply, question = replies.open(ctx), read_question(ctx.activity)
        try:
            await answer(question, ctx.activity.conversation, chat, reply)
        except StoppedError as stop:
            await remember_stopped(question, stop.shown, ctx.activity.conversation, chat)


async def answer(question: str, conversation: ConversationAccount, chat: Chat, reply: Reply) -> None:
    """Answer a question, or say why not."""
    try:
        if question:
            await ask(question, conversation, chat, reply)
        else:
            await reply.say(NO_QUESTION)
    except StoppedError:
        raise
    except Exception as error:
        await apologize(error, reply)


async def ask(question: str, conversation: ConversationAccount, chat: Chat, reply: Reply) -> None:
    """Ask the model. The conversation remembers question and answer once the person has the answer."""
    instructions = f"{chat.instructions}\n\n{GROUP_INSTRUCTIONS}" if is_group(conversation) else chat.instructions
    async with chat.prompt(conversation.id, on_tool=reply.use_tool) as prompt:
        result = await reply.accompany(prompt.send(question, instructions=instructions, on_chunk=reply.add))
        if isinstance(result.response, Answer) and result.response.cut_off:
            await reply.say(CUT_OFF)
        elif reply.text:
            await reply.finish()
        else:
            raise EmptyAnswerError
    logger.info("Answered a message")


async def remember_stopped(question: str, shown: str, conversation: ConversationAccount, chat: Chat) -> None:
    """Remember as much of an answer as the person has let the bot say. Nothing is said any more, whatever happens."""
    logger.info("A person has stopped an answer")
    try:
        await chat.remember_interrupted(conversation.id, question, shown)
    except Exception:
        logger.exception("What was shown of the answer could not be remembered")


async def apologize(error: Exception, reply: Reply) -> None:
    """Tell the person what happened and what to do, and the log the cause, both under the same id."""
    incident = uuid4().hex[:8]
    logger.error("A turn failed, id %s: %s: %s", incident, type(error).__name__, error, exc_info=error)
    try:
        await reply.say(f"{explain(error)} (id: {incident})")
    except StoppedError:
        raise
    except Exception:
        logger.exception("The person could not be told of it, id %s", incident)
