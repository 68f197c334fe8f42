"""Typing indicators for users whose turns wait to be run."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from ..logs import cause_of
from ..replies.rate_limits import Pace
from .queue import QueuedTurn
from .turn_store import TurnStore, WaitingMessage

logger = logging.getLogger(__name__)

# Seconds that a turn waits before its user sees an indicator, and seconds between two indicators. Teams shows one for a
# few seconds.
_FIRST_AFTER = 1.0
_NEXT_AFTER = 4.0

# Seconds after which a turn that still waits shows no more indicators: they would use up the conversation's rate limit.
_GIVE_UP_AFTER = 300.0

# Seconds between two rounds. A round is one query, and a few indicators: Teams takes 50 requests per second from all
# processes of a bot for all users of a tenant, see bots/how-to/rate-limit.md in MicrosoftDocs/msteams-docs.
_ROUND = 0.5
_MOST_QUERIED = 200
_MOST_SENT = 5

# Seconds for sending one indicator.
_TIMEOUT = 1.0


class TypingIndicator:
    """Shows users that the bot is typing while their turns wait, for this process or another one.

    A turn that begins soon costs neither a query nor a request.
    """

    def __init__(self, store: TurnStore, send: Callable[[str, str], Awaitable[None]], pace: Pace) -> None:
        """`send` sends a typing activity to a service URL and a conversation."""
        self._store = store
        self._send = send
        self._pace = pace
        self._waiting: dict[int, _Waiting] = {}
        self._shown: dict[str, int] = {}
        """The turn that shows the indicator, for each user and conversation. Their others cost no query meanwhile."""
        self._showing: asyncio.Task[None] | None = None
        self._is_stopped = False

    def add(self, turn: QueuedTurn) -> None:
        """Show the indicator from now on until the turn has begun, or has waited for too long."""
        if self._is_stopped:
            return
        now = asyncio.get_running_loop().time()
        places = (turn.user_id, turn.ordering_key)
        self._waiting[turn.turn_id] = _Waiting(places, now + _FIRST_AFTER, now + _GIVE_UP_AFTER)
        if not self._showing or self._showing.done():
            self._showing = asyncio.create_task(self._show())

    def remove(self, turn_id: int) -> None:
        """Show no more indicators for the turn."""
        turn = self._waiting.pop(turn_id, None)
        for place in turn.places if turn else ():
            if self._shown.get(place) == turn_id:
                del self._shown[place]

    def stop(self) -> None:
        """Show no more indicators at all."""
        self._is_stopped = True
        if self._showing:
            self._showing.cancel()

    async def _show(self) -> None:
        while self._waiting:
            await asyncio.sleep(_ROUND)
            now = asyncio.get_running_loop().time()
            for id in [id for id, turn in self._waiting.items() if turn.until <= now]:
                self.remove(id)
            due = [id for id, turn in self._waiting.items() if turn.due <= now and self._may_show(id, turn)]
            if due:
                await self._show_some(heapq.nsmallest(_MOST_QUERIED, due, key=lambda id: self._waiting[id].due))

    async def _show_some(self, turn_ids: list[int]) -> None:
        """Show the indicators of the first of the turns, and forget those that have begun."""
        now = asyncio.get_running_loop().time()
        try:
            messages = await self._store.waiting_messages(turn_ids)
        except SQLAlchemyError as error:
            logger.warning("Typing indicators left out, the database is unavailable: %s", cause_of(error))
            for id in turn_ids:
                self._postpone(id, now)
            return
        sending: list[Awaitable[None]] = []
        for id in turn_ids:
            if id not in messages:
                self.remove(id)
            elif len(sending) < _MOST_SENT and (turn := self._waiting.get(id)):
                self._postpone(id, now)
                if self._may_show(id, turn) and self._may_send(messages[id]):
                    self._shown.update(dict.fromkeys(turn.places, id))
                    sending.append(self._send_once(messages[id]))
        await asyncio.gather(*sending)

    def _may_show(self, turn_id: int, turn: "_Waiting") -> bool:
        """True if no other turn of the user or the conversation shows the indicator."""
        return all(self._shown.get(place, turn_id) == turn_id for place in turn.places)

    def _postpone(self, turn_id: int, now: float) -> None:
        if turn := self._waiting.get(turn_id):
            turn.due = now + _NEXT_AFTER

    def _may_send(self, message: WaitingMessage) -> bool:
        return not message.is_behind and self._pace.has_room(message.conversation_id)

    async def _send_once(self, message: WaitingMessage) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_TIMEOUT):
                await self._pace.wait(message.conversation_id)
                await self._send(message.service_url, message.conversation_id)


@dataclass
class _Waiting:
    places: tuple[str, str]
    """The user and the conversation."""
    due: float
    """The event loop's time of the next indicator."""
    until: float
