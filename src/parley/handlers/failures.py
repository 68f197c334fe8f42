"""The ways in which a turn ends without an answer, and what the user reads then."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

from ..language import LineId, Localizer, as_failure
from ..models import describe_for_log, line_for, may_repeat_question
from ..models.errors import NotRememberedError
from ..replies import StoppedError
from .advice import Advice
from .context import MessageTurn

logger = logging.getLogger(__name__)

# The failures that may not happen again, by their lines. The others need another question, or an operator.
_MAY_PASS: tuple[LineId, ...] = (
    "answer-lost",
    "answer-malformed",
    "answer-stalled",
    "empty-answer",
    "memory-unreachable",
    "model-busy",
    "model-failed",
    "model-slow",
    "model-unreachable",
    "went-wrong",
)


class Declined(Exception):  # not an error: the user gets `line` instead of an answer
    """The message is not answered by the model."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


@asynccontextmanager
async def reporting_failures(turn: MessageTurn, advice: Advice) -> AsyncGenerator[None]:
    """Tell the user why the block ended early: with the line of `Declined`, or with an apology.

    The apology has an id, under which the log has the cause, and in a 1:1 chat a suggested action that asks the
    question again, if that can help. If the user stopped the answer, nothing more is sent.
    When the message was edited or deleted meanwhile, the messages of this attempt stay for the next one.
    """
    try:
        try:
            yield
        except Declined as declined:
            await turn.reply.send(declined.line)
    except StoppedError:
        logger.info("Stopped by the user")
    except asyncio.CancelledError:
        if turn.is_cancelled_by_update:
            await turn.reply.end_stream()
        raise
    except Exception as error:
        await _apologize(error, turn, advice)
    finally:
        if turn.reply.stopped_text is not None:
            await turn.forget_sent()


async def _apologize(error: Exception, turn: MessageTurn, advice: Advice) -> None:
    if not isinstance(error, NotRememberedError):
        turn.mark_failed()
    incident = uuid4().hex[:8]
    # The words of a model server may repeat the question, which only the debug log may hold.
    shown, hidden = (None, error) if may_repeat_question(error) else (error, None)
    logger.error("Turn failed, id %s: %s", incident, describe_for_log(error), exc_info=shown)
    if hidden:
        logger.debug("Error of the model server, id %s", incident, exc_info=hidden)
    failure = line_for(error)
    # In a group a suggested action lacks the mention, without which Teams sends the bot no message.
    may_be_repeated = failure in _MAY_PASS and not turn.in_group
    try:
        await turn.reply.send(as_failure(_line(failure, incident, turn.localize, advice)))
        # A process that dies after the offer leaves the turn unfinished: the next attempt replaces the offer.
        if may_be_repeated and await turn.reply.send(turn.localize("offer-to-try-again"), [turn.localize("try-again")]):
            turn.keep_question()
    except Exception:
        logger.exception("Apology not sent, id %s", incident)


def _line(failure: LineId, incident: str, localize: Localizer, advice: Advice) -> str:
    what = localize(failure)
    if to_do := advice.on(failure, localize):
        return localize("failure-with-advice", what=what, advice=to_do, id=incident)
    return localize("failure-with-id", what=what, id=incident)
