"""What is sent arrives, also when Teams throttles, stumbles or does not answer."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import httpx
from microsoft_teams.api import ActivityParams, MessageActivityInput, TextFormat, TypingActivityInput
from microsoft_teams.apps import ActivityContext
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from .pace import Pace

logger = logging.getLogger(__name__)

ATTEMPTS = 5

# Seconds that Teams may take to answer an attempt.
TIMEOUT = 10.0

# Seconds; an answer that Teams does not want within that time is not waited for.
LONGEST_PAUSE = 60.0

# Seconds that a typing indicator lasts, and that sending one may take: the answer does not wait for it.
_TYPING_LASTS = 5.0
_TYPING_TIMEOUT = 1.0

# Which answers may be others a moment later, see bots/how-to/rate-limit.md in MicrosoftDocs/msteams-docs.
_PASSING = (412, 429, 502, 503, 504)

_backoff = wait_exponential_jitter(initial=1, max=8, jitter=1)


class Outbox:
    """Sends to the conversation of one activity: in Teams' pace, each attempt bounded in time, and again when it failed
    for a passing reason.

    Posting is not idempotent: when Teams took a message and only its answer was lost, the message is there twice. Teams
    has nothing by which that could be known.
    """

    def __init__(self, ctx: ActivityContext[Any], pace: Pace, text_format: TextFormat) -> None:
        self._ctx = ctx
        self._pace = pace
        self.text_format: TextFormat = text_format
        self.last_attempt_at = float("-inf")
        """When something was sent last, in the event loop's time."""

    async def send(self, activity: ActivityParams, *, attempts: int = ATTEMPTS) -> str:
        """Send the activity, or update the one that it has the id of.

        Returns:
            The activity's id; Teams gives none to typing indicators and the later steps of a stream.

        Raises:
            httpx.HTTPError, TimeoutError: Teams does not take it, as the last attempt showed.
        """
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=_pause,
            retry=retry_if_exception(_is_passing),
            before_sleep=_log,
            reraise=True,
        ):
            with attempt:
                await self._pace.wait(self._ctx.activity.conversation.id)
                self.last_attempt_at = asyncio.get_running_loop().time()
                async with asyncio.timeout(TIMEOUT):
                    return (await self._ctx.send(activity)).id
        raise AssertionError("the last attempt returns or raises")

    def message(self, text: str, *, is_ai: bool) -> MessageActivityInput:
        """A message of this text, with the label of what AI made or without."""
        message = MessageActivityInput(text=text, text_format=self.text_format)
        return message.add_ai_generated() if is_ai else message

    async def send_message(self, text: str, *, is_ai: bool, id: str | None = None) -> None:
        """Send a message, or replace the one with that id."""
        message = self.message(text, is_ai=is_ai)
        message.id = id
        await self.send(message)

    async def keep_typing(self, until: asyncio.Event) -> None:
        """Show that the bot is typing until the event is set. Nobody misses an indicator that could not be sent."""
        while not until.is_set():
            try:
                async with asyncio.timeout(_TYPING_TIMEOUT):
                    await self.send(TypingActivityInput(), attempts=1)
            except Exception as error:
                logger.warning("The typing indicator could not be sent: %s", describe(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(_TYPING_LASTS):
                    await until.wait()


def describe(error: BaseException) -> str:
    """What Teams answered, or what became of the attempt, for the log."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code} {error.response.text[:500]}"
    return type(error).__name__


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in _PASSING and _retry_after(error) <= LONGEST_PAUSE
    return isinstance(error, httpx.TransportError | TimeoutError)


def _retry_after(error: BaseException | None) -> float:
    """The seconds that Teams asks to wait, 0 if it does not say."""
    if isinstance(error, httpx.HTTPStatusError):
        with suppress(ValueError):
            return float(error.response.headers.get("retry-after", ""))
    return 0.0


def _pause(state: RetryCallState) -> float:
    assert state.outcome
    return _retry_after(state.outcome.exception()) or _backoff(state)


def _log(state: RetryCallState) -> None:
    assert state.outcome and state.next_action
    error = state.outcome.exception()
    assert error
    logger.warning("Teams did not take an activity, again in %.1f s: %s", state.next_action.sleep, describe(error))
