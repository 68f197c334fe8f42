"""A message arrives: ask the model, and let the answer reach the person."""

import asyncio
import logging
from typing import Any
from uuid import uuid4

from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App

from ..attachments import Attached, unread_of, uploads_of
from ..chat import FRAME_INSTRUCTIONS, GROUP_INSTRUCTIONS, Chat
from ..language import LineId, localizer_for
from ..models import Question, describe_for_log, line_for, may_repeat_question, metered
from ..replies import StoppedError
from ..turn import Refusal, current_turn
from .commands import find_command
from .context import Services, TurnContext, is_owner, read_surroundings, user_id_of
from .limits import line_until
from .question import read_question, read_words, tell

logger = logging.getLogger(__name__)

REFUSALS: dict[Refusal, LineId] = {Refusal.TOO_MANY_WAIT: "too-many-wait", Refusal.SET_ASIDE: "set-aside"}


def register(app: App, services: Services) -> None:
    """Answer every message."""

    @app.on_message
    async def handle_message(ctx: ActivityContext[MessageActivity]) -> None:
        await take(ctx, ctx.activity, services)


async def take(ctx: ActivityContext[Any], message: MessageActivity, services: Services) -> None:
    """Do what a message asks for: what the command does that it is, else answer it by the model."""
    turn, say = current_turn.get(), localizer_for(message.locale)
    reply, surroundings = services.replies.open(ctx, turn, say), read_surroundings(message, ctx.api)
    asked = TurnContext(message, turn, reply, say, surroundings, lambda: is_owner(message, ctx.api))
    if turn.refusal:
        await asked.reply.send(say(REFUSALS[turn.refusal]))
        return
    try:
        await answer(asked, services)
    except asyncio.CancelledError:
        if turn.is_outdated:
            await asked.reply.end_stream()
        raise


async def answer(asked: TurnContext, services: Services) -> None:
    """Answer a message, or say why not."""
    question = Question("")
    try:
        if command := find_command(read_words(asked.message)):
            await command(asked, services.chat)
            return
        words = await read_question(asked.message, services.chat)
        if await may_ask(words, asked, services):
            attached = await read_attachments(asked, services)
            if attached.is_unreadable and not words:
                await asked.reply.send("\n\n".join(tell(attached.notes, asked.say)))
            else:
                question = attached.question(words)
                await ask_metered(question, attached, asked, services)
    except StoppedError:
        pass
    except Exception as error:
        await apologize(error, asked)
    if (shown := asked.reply.stopped_text) is not None:
        await remember_stopped(question, shown, asked, services.chat)


async def may_ask(words: str, asked: TurnContext, services: Services) -> bool:
    """Whether there is a question, and the person may ask one now. If not, the person is told."""
    if not (words or uploads_of(asked.message) or unread_of(asked.message, in_group=asked.in_group)):
        await asked.reply.send(asked.say("no-question"))
        return False
    if resumes_at := await services.allowance.spend(user_id_of(asked.message.from_), asked.turn.question_id):
        logger.info("A person has to wait before the next question")
        await asked.reply.send(line_until(resumes_at, asked.surroundings.time_zone, asked.say))
        return False
    return True


async def read_attachments(asked: TurnContext, services: Services) -> Attached:
    """What the person has attached, as far as it can be read. It is shown meanwhile that the bot is at work."""
    uploads = uploads_of(asked.message)
    attached = await asked.reply.stream(services.reader.read(uploads)) if uploads else Attached()
    return attached.beside(unread_of(asked.message, in_group=asked.in_group))


async def ask_metered(question: Question, attached: Attached, asked: TurnContext, services: Services) -> None:
    """Ask the model, and charge the person for what that takes."""
    with metered() as meter:
        try:
            await ask(question, attached, asked, services.chat)
        finally:
            await services.allowance.charge(user_id_of(asked.message.from_), asked.turn.question_id, meter.tokens)


async def ask(question: Question, attached: Attached, asked: TurnContext, chat: Chat) -> None:
    """Ask the model. The conversation remembers question and answer once the person has the answer."""
    reply = asked.reply
    parts = [chat.instructions, FRAME_INSTRUCTIONS, *([GROUP_INSTRUCTIONS] if asked.in_group else [])]
    async with chat.prompt(
        asked.conversation_id,
        asked.message.id,
        answer_ids=asked.turn.sent_ids,
        on_tool=reply.on_tool,
        cite=reply.cite,
        context=asked.surroundings,
    ) as prompt:
        result = await reply.stream(prompt.send(question, instructions="\n\n".join(parts), on_chunk=reply.on_chunk))
        await reply.finish(result.response, notices=tell(attached.notes, asked.say))
    logger.info("Answered a message")


async def remember_stopped(question: Question, shown: str, asked: TurnContext, chat: Chat) -> None:
    """Remember as much of an answer as the person has let the bot say. Nothing is said any more, whatever happens."""
    logger.info("A person has stopped an answer")
    try:
        for id in [*asked.turn.sent_ids]:
            await asked.turn.forget_sent(id)  # Teams lets nobody change what was stopped
        user_id = user_id_of(asked.message.from_)
        await chat.remember_interrupted(asked.conversation_id, asked.message.id, question.content, shown, user_id)
    except Exception:
        logger.exception("What was shown of the answer could not be remembered")


async def apologize(error: Exception, asked: TurnContext) -> None:
    """Tell the person what happened and what to do, and the log the cause, both under the same id."""
    incident = uuid4().hex[:8]
    shown, hidden = (None, error) if may_repeat_question(error) else (error, None)
    logger.error("A turn failed, id %s: %s", incident, describe_for_log(error), exc_info=shown)
    if hidden:
        logger.debug("In the words of the model's server, id %s", incident, exc_info=hidden)
    try:
        await asked.reply.send(asked.say("failure-with-id", what=asked.say(line_for(error)), id=incident))
    except Exception:
        logger.exception("The person could not be told of it, id %s", incident)
