"""A message arrives: run a command, or answer with the model."""

import logging
from collections.abc import Sequence

from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App

from ..chat import Chat
from ..models import Question
from .commands import find_command
from .context import MessageTurn, Services
from .failures import Declined, reporting_failures
from .reading.question import read_question

logger = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Register the handler of messages."""

    @app.on_message
    async def handle_message(ctx: ActivityContext[MessageActivity]) -> None:
        await respond(services.message_turn(ctx, ctx.activity), services)


async def respond(turn: MessageTurn, services: Services) -> None:
    """Run a command, or answer with the model. A failure to answer is reported to the user."""
    question = None
    async with reporting_failures(turn, services.advice):
        if turn.refusal_line:
            raise Declined(turn.refusal_line)
        if command := find_command(turn.text, turn.localize):
            await command(turn, services.chat)
            return
        question, notices = await read_question(turn, services)
        try:
            await answer(question, notices, turn, services.chat)
        finally:
            await services.limits.record(turn.user_id, turn.question_id, sum(turn.usage))
    if question and turn.reply.stopped_text:  # the user pressed Stop, which ended the block above
        await store_stopped_answer(question, turn.reply.stopped_text, turn, services.chat)


async def answer(question: Question, notices: Sequence[str], turn: MessageTurn, chat: Chat) -> None:
    """Send the question to the model and deliver the answer, as the SDK's guide does with `ChatPrompt.send`.

    In a 1:1 chat the reply is streamed; in a group nothing is sent before `finish`.
    """
    async with chat.prompt(turn) as prompt:  # an Agent by default, a ChatPrompt if BOT_STATEFUL=false
        result = await turn.reply.stream(
            prompt.send(question, instructions=chat.instructions_for(turn), on_chunk=turn.reply.on_chunk)
        )
        await turn.reply.finish(result.response, notices=notices, suggestions=turn.follow_ups)
    logger.info("Answered")


async def store_stopped_answer(question: Question, shown: str, turn: MessageTurn, chat: Chat) -> None:
    """Store the part of the answer that the user saw before Stop."""
    try:
        await chat.remember_stopped(turn, question, shown)
    except Exception:
        logger.exception("Stopped answer not stored")
