"""Sends, updates and deletes activities in one conversation, at the rate that Teams allows."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import httpx
from microsoft_teams.api import (
    ActivityParams,
    CardAction,
    CardActionType,
    MessageActivityInput,
    SuggestedActions,
    TextFormat,
    TypingActivityInput,
)
from microsoft_teams.apps import ActivityContext
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from ..http import retry_after
from ..tools.sources import Source
from ..turn import Turn, shielded
from .citations import add_citations, citation_number
from .rate_limits import Pace

logger = logging.getLogger(__name__)

ATTEMPTS = 5

_TIMEOUT = 10.0  # seconds that Teams may take to answer one attempt

# Seconds that Teams shows a typing indicator: not documented, but reported in microsoft/botbuilder-dotnet#1877.
_TYPING_LASTS = 5.0

# Seconds for sending a typing indicator. The answer waits for it: an indicator must not arrive after the answer.
_TYPING_TIMEOUT = 1.0

# Seconds; if Teams asks for a longer delay, the activity is not sent again.
_MAX_DELAY = 60.0

# Statuses of passing errors, see bots/how-to/rate-limit.md in MicrosoftDocs/msteams-docs.
_TRANSIENT = (412, 429, 502, 503, 504)


class ActivitySender:
    """Sends activities to the conversation of one turn, within Teams' rate limits. Transient errors are retried.

    Posting is not idempotent: when Teams takes a message and its response is lost, the retry posts it a second time.
    Teams has no idempotency key for messages.
    """

    def __init__(self, ctx: ActivityContext[Any], turn: Turn, pace: Pace, text_format: TextFormat) -> None:
        self._ctx = ctx
        self._turn = turn
        self._earlier_ids = deque(turn.sent.ids)  # messages of earlier attempts of the turn, not yet replaced
        self._pace = pace
        self._conversation_id = ctx.activity.conversation.id
        self._sources: list[Source] = []
        self._suggestions: Sequence[str] = ()
        self.text_format: TextFormat = text_format
        self.limits = pace.limits

    def cite(self, source: Source) -> int:
        """Add a source that the messages may cite. Return its number, the `n` of `[n]`."""
        return citation_number(source, self._sources)

    @property
    def replaces_earlier(self) -> bool:
        """True if messages of an earlier attempt of the turn are still to be replaced."""
        return bool(self._earlier_ids)

    def suggest(self, suggestions: Sequence[str]) -> None:
        """Give suggested actions to the next message, which has to be the last one: Teams shows those of no other."""
        self._suggestions = suggestions

    def create_message(self, text: str, *, is_ai: bool) -> MessageActivityInput:
        """Create a message. With `is_ai` it has the label for AI, feedback buttons, and the sources that it cites."""
        message = MessageActivityInput(text=text, text_format=self.text_format)
        if self._suggestions:
            message.with_suggested_actions(self._suggested_actions(self._suggestions))
        if is_ai:
            add_citations(message.add_ai_generated().add_feedback(), self._sources)
        return message

    async def send(
        self,
        activity: ActivityParams,
        *,
        attempts: int = ATTEMPTS,
        within: float = _TIMEOUT,
        record: bool = False,
        replaces: str | None = None,
    ) -> str:
        """Send an activity, or update the one whose id it has. Each attempt may take `within` seconds.

        With `record`, the new message's id is stored with the turn, in place of the id that it `replaces`. A cancelled
        turn waits up to two seconds for Teams' response, so that the id is known.

        Returns:
            The activity's id; empty for typing indicators and for all steps of a stream but the first.

        Raises:
            Exception: the last attempt failed; an `httpx.HTTPError`, a `TimeoutError`, or whatever the SDK raises
                for a response that it cannot read.
        """
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=_delay,
            retry=retry_if_exception(is_transient),
            before_sleep=_log_retry,
            reraise=True,
        ):
            with attempt:
                await self._pace.wait(self._conversation_id)
                return await shielded(self._post(activity, within, record, replaces))
        raise AssertionError("the last attempt returns or raises")

    async def _post(self, activity: ActivityParams, within: float, record: bool, replaces: str | None) -> str:
        if record:
            await self._turn.confirm_lease()
        async with asyncio.timeout(within):
            id = (await self._ctx.send(activity)).id
        if record:
            await self._record(id, replaces)
        return id

    async def _record(self, id: str, replaces: str | None) -> None:
        if replaces:
            await self._turn.sent.replace(replaces, id)
        else:
            await self._turn.sent.add(id)

    async def send_message(self, text: str, *, is_ai: bool, replaces: str | None = None) -> None:
        """Update the message with the id `replaces`, or the next one of an earlier attempt of the turn. If there is
        none, or Teams does not take the update, send a new message.

        A message with suggested actions replaces none of an earlier attempt: Teams shows those of the newest message
        only, and none of an updated one (microsoft/teams.net#283).
        """
        id = replaces or (self._earlier_ids.popleft() if self._earlier_ids and not self._suggestions else None)
        message = self.create_message(text, is_ai=is_ai)
        if id:
            message.id = id
            try:
                await self.send(message)
                return
            except Exception as error:
                logger.warning("Message not updated, sending a new one: %s", describe_error(error))
            message.id = None
        await self.send(message, record=True, replaces=id)

    def _suggested_actions(self, suggestions: Sequence[str]) -> SuggestedActions:
        # A click sends the value in Teams, and the title in the Agents Playground.
        actions = [CardAction(type=CardActionType.IM_BACK, title=text, value=text) for text in suggestions]
        return SuggestedActions(to=[self._ctx.activity.from_.id], actions=actions)

    async def delete_earlier(self) -> None:
        """Delete the messages of earlier attempts of the turn that this attempt has not replaced."""
        while self._earlier_ids:
            id = self._earlier_ids.popleft()
            try:
                async with asyncio.timeout(_TIMEOUT):
                    await self._ctx.api.conversations.delete_activity(self._conversation_id, id)
            except Exception as error:
                logger.warning("Message of an earlier attempt not deleted: %s", describe_error(error))
            await self._turn.sent.remove(id)

    async def keep_typing(self, until: asyncio.Event) -> None:
        """Show that the bot is typing until the event is set.

        An indicator that fails is not sent again, and none uses up the rate limit of a message.
        """
        while not until.is_set():
            if self._pace.has_room(self._conversation_id):
                try:
                    await self.send(TypingActivityInput(), attempts=1, within=_TYPING_TIMEOUT)
                except Exception as error:
                    logger.warning("Typing indicator not sent: %s", describe_error(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(_TYPING_LASTS):
                    await until.wait()


def describe_error(error: BaseException) -> str:
    """Return Teams' response, or the kind of the error, for the log."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code} {error.response.text[:500]}"
    return type(error).__name__


def is_transient(error: BaseException) -> bool:
    """True if another attempt may succeed within the time that a user waits."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in _TRANSIENT and retry_after(error.response.headers) <= _MAX_DELAY
    # httpx-aiohttp raises aiohttp's own error for a response that is not HTTP.
    return isinstance(error, httpx.TransportError | aiohttp.ClientError | TimeoutError)


def retry_delay(error: BaseException | None, attempt: int) -> float:
    """Return the seconds before the next attempt: what Teams asks for, or else exponential backoff with jitter."""
    retry_time = retry_after(error.response.headers) if isinstance(error, httpx.HTTPStatusError) else 0.0
    return retry_time or min(2.0 ** (attempt - 1), 8.0) + random.random()


def _delay(state: RetryCallState) -> float:
    assert state.outcome
    return retry_delay(state.outcome.exception(), state.attempt_number)


def _log_retry(state: RetryCallState) -> None:
    assert state.outcome and state.next_action
    error = state.outcome.exception()
    assert error
    logger.warning("Activity not sent, retrying in %.1f s: %s", state.next_action.sleep, describe_error(error))
