"""Sends, updates and deletes activities in one conversation, at the pace that Teams allows."""

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
from ..turn import Turn, shielded
from .citations import Citations
from .pace import Pace

logger = logging.getLogger(__name__)


ATTEMPTS = 5

# Seconds that Teams may take to answer an attempt.
TIMEOUT = 10.0

# Seconds that Teams shows a typing indicator: not documented, but told of in microsoft/botbuilder-dotnet#1877.
_TYPING_LASTS = 5.0

# Seconds that sending a typing indicator may take. The answer waits for it, so that it does not come after the answer.
_TYPING_TIMEOUT = 1.0


class ActivitySender:
    """Sends to the conversation of one activity: in Teams' pace, each attempt bounded in time, and again when it failed
    for a passing reason.

    Posting is not idempotent: when Teams took a message and only its answer was lost, the message is there twice. Teams
    has nothing by which that could be known.
    """

    def __init__(self, ctx: ActivityContext[Any], turn: Turn, pace: Pace, text_format: TextFormat) -> None:
        self._ctx = ctx
        self._turn = turn
        self._earlier = deque(turn.sent.ids)  # the messages of an earlier attempt that are to be replaced
        self._pace = pace
        self._conversation_id = ctx.activity.conversation.id
        self.text_format: TextFormat = text_format
        self.citations = Citations()

    async def send(
        self,
        activity: ActivityParams,
        *,
        attempts: int = ATTEMPTS,
        within: float = TIMEOUT,
        remembers: bool = False,
        instead_of: str | None = None,
    ) -> str:
        """Send the activity, or update the one that it has the id of. Each attempt may take `within` seconds.

        The turn `remembers` a message that is new, perhaps `instead_of` one that cannot be changed. So that it does, a
        cancellation has to wait for Teams' answer, two seconds at most.

        Returns:
            The activity's id. Typing indicators and the later steps of a stream have none of their own.

        Raises:
            Exception: Teams does not take it, as the last attempt showed; an `httpx.HTTPError` or a `TimeoutError`, or
                whatever the SDK makes of an answer.
        """
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=_pause,
            retry=retry_if_exception(is_passing),
            before_sleep=_log,
            reraise=True,
        ):
            with attempt:
                await self._pace.wait(self._conversation_id)
                return await shielded(self._post(activity, within, remembers, instead_of))
        raise AssertionError("the last attempt returns or raises")

    async def _post(self, activity: ActivityParams, within: float, remembers: bool, instead_of: str | None) -> str:
        if remembers:
            await self._turn.confirm_lease()
        async with asyncio.timeout(within):
            id = (await self._ctx.send(activity)).id
        if remembers:
            if instead_of:
                await self._turn.sent.replace(instead_of, id)
            else:
                await self._turn.sent.add(id)
        return id

    def message(self, text: str, *, is_ai: bool) -> MessageActivityInput:
        """A message of this text; what AI made has the label for that, thumbs, and the sources that it cites."""
        message = MessageActivityInput(text=text, text_format=self.text_format)
        if is_ai:
            self.citations.add_to(message.add_ai_generated().add_feedback())
        return message

    async def send_message(
        self, text: str, *, is_ai: bool, instead_of: str | None = None, choices: Sequence[str] = ()
    ) -> None:
        """Send a message, in place of the one with that id or of what an earlier attempt of the turn has sent. Where
        Teams does not let that be changed, it is a new one. `choices` are what the person can say next by a click."""
        id = instead_of or (self._earlier.popleft() if self._earlier else None)
        message = self.message(text, is_ai=is_ai)
        if choices:
            message.with_suggested_actions(self._suggest(choices))
        if id:
            message.id = id
            try:
                await self.send(message)
                return
            except Exception as error:
                logger.warning("What was sent cannot be replaced, so it is sent anew: %s", describe_error(error))
            message.id = None
        await self.send(message, remembers=True, instead_of=id)

    def _suggest(self, choices: Sequence[str]) -> SuggestedActions:
        # Teams sends the value, the Agents Playground the title.
        actions = [CardAction(type=CardActionType.IM_BACK, title=choice, value=choice) for choice in choices]
        return SuggestedActions(to=[self._ctx.activity.from_.id], actions=actions)

    async def remove_rest(self) -> None:
        """Remove what an earlier attempt of the turn has sent and this one had no use for."""
        while self._earlier:
            id = self._earlier.popleft()
            try:
                async with asyncio.timeout(TIMEOUT):
                    await self._ctx.api.conversations.delete_activity(self._conversation_id, id)
            except Exception as error:
                logger.warning("What an earlier attempt has sent cannot be removed: %s", describe_error(error))
            await self._turn.sent.remove(id)

    async def keep_typing(self, until: asyncio.Event) -> None:
        """Show that the bot is typing until the event is set.

        Nobody misses an indicator that could not be sent, and none takes the place of a message.
        """
        while not until.is_set():
            if self._pace.has_room(self._conversation_id):
                try:
                    await self.send(TypingActivityInput(), attempts=1, within=_TYPING_TIMEOUT)
                except Exception as error:
                    logger.warning("The typing indicator could not be sent: %s", describe_error(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(_TYPING_LASTS):
                    await until.wait()


def _pause(state: RetryCallState) -> float:
    assert state.outcome
    return pause_after(state.outcome.exception(), state.attempt_number)


def _log(state: RetryCallState) -> None:
    assert state.outcome and state.next_action
    error = state.outcome.exception()
    assert error
    logger.warning(
        "Teams did not take an activity, again in %.1f s: %s", state.next_action.sleep, describe_error(error)
    )


# Seconds; when Teams asks for a longer pause, nothing is sent again.
_LONGEST_PAUSE = 60.0

# The statuses that may pass in a moment, see bots/how-to/rate-limit.md in MicrosoftDocs/msteams-docs.
_PASSING = (412, 429, 502, 503, 504)


def describe_error(error: BaseException) -> str:
    """What Teams answered, or what became of the attempt, for the log."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code} {error.response.text[:500]}"
    return type(error).__name__


def is_passing(error: BaseException) -> bool:
    """Whether it is worth trying again, within a time that a person waits."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in _PASSING and retry_after(error.response.headers) <= _LONGEST_PAUSE
    # Of an answer that is no HTTP, httpx-aiohttp passes on what aiohttp says of it.
    return isinstance(error, httpx.TransportError | aiohttp.ClientError | TimeoutError)


def pause_after(error: BaseException | None, attempt: int) -> float:
    """The seconds before the next attempt: what Teams asks for, else twice as long as before and a little by chance."""
    asked_for = retry_after(error.response.headers) if isinstance(error, httpx.HTTPStatusError) else 0.0
    return asked_for or min(2.0 ** (attempt - 1), 8.0) + random.random()
