"""A message arrives: ask the model, and let the answer reach the person."""

import logging
from uuid import uuid4

from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App

from ..chat import GROUP_INSTRUCTIONS, Answer, Chat, EmptyAnswerError, line_for
from ..language import Language, LineId, language_of
from ..replies import Replies, Reply, StoppedError, is_group
from ..turn import Refusal, Turn, current_turn
from .question import read_question

logger = logging.getLogger(__name__)

REFUSALS: dict[Refusal, LineId] = {Refusal.TOO_MANY_WAIT: "too-many-wait", Refusal.SET_ASIDE: "set-aside"}


def register(app: App, chat: Chat, replies: Replies) -> None:
    """Answer every message."""

    @app.on_message
    async def handle_message(ctx: ActivityContext[MessageActivity]) -> None:
        turn = current_turn.get()
        say = language_of(ctx.activity.locale)
        reply = replies.open(ctx, turn, say)
        if turn.refusal:
            await reply.say(say(REFUSALS[turn.refusal]))
        else:
            await answer(ctx.activity, turn, chat, reply, say)


async def answer(message: MessageActivity, turn: Turn, chat: Chat, reply: Reply, say: Language) -> None:
    """Answer a message, or say why not."""
    question = read_question(message)
    try:
        try:
            await ask(question, message, turn, chat, reply, say)
        except StoppedError:
            raise
        except Exception as error:
            await apologize(error, reply, say)
    except StoppedError as stop:
        await remember_stopped(question, stop.shown, message, turn, chat)


async def ask(question: str, message: MessageActivity, turn: Turn, chat: Chat, reply: Reply, say: Language) -> None:
    """Ask the model. The conversation remembers question and answer once the person has the answer."""
    if not question:
        await reply.say(say("no-question"))
        return
    in_group = is_group(message.conversation)
    instructions = f"{chat.instructions}\n\n{GROUP_INSTRUCTIONS}" if in_group else chat.instructions
    async with chat.prompt(
        message.conversation.id, message.id, answer_ids=turn.sent_ids, on_tool=reply.use_tool
    ) as prompt:
        result = await reply.accompany(prompt.send(question, instructions=instructions, on_chunk=reply.add))
        if isinstance(result.response, Answer) and result.response.cut_off:
            await reply.say(say("cut-off"))
        elif reply.text:
            await reply.finish()
        else:
            raise EmptyAnswerError
    logger.info("Answered a message")


async def remember_stopped(question: str, shown: str, message: MessageActivity, turn: Turn, chat: Chat) -> None:
    """Remember as much of an answer as the person has let the bot say. Nothing is said any more, whatever happens."""
    logger.info("A person has stopped an answer")
    try:
        await chat.remember_interrupted(message.conversation.id, message.id, question, shown, answer_ids=turn.sent_ids)
    except Exception:
        logger.exception("What was shown of the answer could not be remembered")


async def apologize(error: Exception, reply: Reply, say: Language) -> None:
    """Tell the person what happened and what to do, and the log the cause, both under the same id."""
    incident = uuid4().hex[:8]
    logger.error("A turn failed, id %s: %s: %s", incident, type(error).__name__, error, exc_info=error)
    try:
        await reply.say(say("failure", what=say(line_for(error)), id=incident))
    except StoppedError:
        raise
    except Exception:
        logger.exception("The person could not be told of it, id %s", incident)
