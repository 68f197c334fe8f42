"""The question that the model gets: quotes, the words of the user, and attachments."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ...attachments import Attached, Notice, unread_of, uploads_of
from ...chat import History, with_author, without_frames
from ...extraction import Problem
from ...language import Localizer
from ...models import Question
from ...tools.context import zone_of
from ..context import MessageTurn, Services
from ..failures import Declined
from .quotes import quotes_in

# Seconds. A shorter wait is given in seconds, a longer one as the time of its end.
_LONGEST_IN_SECONDS = 90


async def read_question(turn: MessageTurn, services: Services) -> tuple[Question, Sequence[str]]:
    """The question of a message, and lines about attachments that could not be read.

    While attachments are downloaded, the user sees that the bot is working.

    Raises:
        Declined: the message asks nothing, its user has reached a limit, or nothing of it can be read.
    """
    words = await question_text(turn, services.chat.history)
    uploads, unread = uploads_of(turn.message), unread_of(turn.message, in_group=turn.in_group)
    if not (words or uploads or unread):
        raise Declined(turn.localize("no-question"))
    if resumes_at := await services.limits.acquire(turn.user_id, turn.question_id):
        raise Declined(limit_line(resumes_at, turn.tool_context.time_zone, turn.localize))
    attached = await turn.reply.stream(services.reader.read(uploads, user_id=turn.user_id)) if uploads else Attached()
    attached = attached.beside(unread)
    notices = notices_of(attached.notices, turn.localize)
    if attached.is_unreadable and not words:
        raise Declined("\n\n".join(notices))
    return attached.question(words), notices


async def question_text(turn: MessageTurn, history: History) -> str:
    """The quotes of a message, then its words, in a group after the name of the user. Empty for a mere mention.

    Teams sends only the beginning of a quoted message. If an answer of the conversation is quoted, the model gets more
    of it, from the history.
    """
    text = without_frames(turn.text)
    for quote in reversed(quotes_in(turn.message)):
        answer = await history.find_answer(turn.conversation_id, quote.message_id)
        text = f"{quote.render(answer)}\n\n{text}".strip()
    if text and turn.in_group:
        return with_author(text, turn.message.from_.name)
    return text


def notices_of(notices: Iterable[Notice], localize: Localizer) -> list[str]:
    """A line for each problem with attachments, with the names of those that have it.

    The names are in code spans, so that none is taken for Markdown.
    """
    names: dict[Problem, list[str]] = {}
    for notice in notices:
        names.setdefault(notice.problem, []).append(f"`{notice.name}`")
    return [localize(problem, names=", ".join(named)) for problem, named in names.items()]


def limit_line(resumes_at: datetime, time_zone: str | None, localize: Localizer) -> str:
    """The line with the time when the user may go on: in the user's time zone, or in UTC; with the day if not today."""
    seconds = math.ceil((resumes_at - datetime.now(UTC)).total_seconds())
    if seconds <= _LONGEST_IN_SECONDS:
        # With two as the least, no language needs a singular.
        return localize("wait-for-seconds", seconds=max(seconds, 2))
    # A clock shows whole minutes. The time has come once it shows this one.
    clock = resumes_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if zone := zone_of(time_zone):
        until = clock.astimezone(zone)
        return localize("wait-until" if _is_today(until) else "wait-until-another-day", time=until)
    until = clock.astimezone(UTC)
    return localize("wait-until-in-utc" if _is_today(until) else "wait-until-another-day-in-utc", time=until)


def _is_today(moment: datetime) -> bool:
    return moment.date() == datetime.now(moment.tzinfo).date()
