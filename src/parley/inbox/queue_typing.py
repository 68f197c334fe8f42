"""Typing indicators for users whose turns wait for those of other users."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from .queue import QueuedTurn
from .turn_store import Json, TurnStore

logger = logging.getLogger(__name__)

# Seconds that a turn waits before its user sees an indicator, and seconds between two indicators. Teams shows one for a
# few seconds.
_FIRST_AFTER = 1.0
_NEXT_AFTER = 4.0


class TypingIndicator:
    """Shows waiting users that the bot is typing."""

    def __init__(self, store: TurnStore, send: Callable[[Json], Awaitable[None]]) -> None:
        """`send` sends a typing activity to the conversation of a message."""
        self._store = store
        self._send = send
        self._shown: dict[str, int] = {}
        """The turn for which each user sees an indicator."""

    async def show(self, turn: QueuedTurn) -> None:
        """Show the indicator until the turn has begun, or the call is cancelled.

        Teams limits the requests of a bot, so that a user with many conversations sees it in one of them.
        """
        try:
            await asyncio.sleep(_FIRST_AFTER)
            while True:
                # While another turn of the user shows it, this one costs no query.
                is_first = self._shown.get(turn.user_id, turn.turn_id) == turn.turn_id
                if is_first and not await self._show_once(turn):
                    return
                await asyncio.sleep(_NEXT_AFTER)
        finally:
            if self._shown.get(turn.user_id) == turn.turn_id:
                del self._shown[turn.user_id]

    async def _show_once(self, turn: QueuedTurn) -> bool:
        """Send a typing activity if this conversation is the one to show it. Return False if the turn has begun."""
        try:
            if not (waiting := await self._store.waiting_message(turn.turn_id)):
                return False
            message, is_next = waiting
            if is_next and self._shown.setdefault(turn.user_id, turn.turn_id) == turn.turn_id:
                await self._send(message)
        except SQLAlchemyError as error:
            logger.warning("Typing indicator left out: %s", error)
        return True
