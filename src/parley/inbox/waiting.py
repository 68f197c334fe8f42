"""What users who wait for others see and get: typing, and their fair share of the turns that run at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from .turn_store import Json, QueuedTurn, TurnStore

logger = logging.getLogger(__name__)

# Seconds until a user sees typing whose turn has to wait, and between two typing activities. Teams shows one for a few
# seconds.
_SHOWN_AFTER = 1.0
_SHOWN_EVERY = 4.0


def user_share(size: int) -> int:
    """The number of turns that one user may have running, of `size` that run at once.

    A quarter is left to the others, whose first turns then rarely wait.
    """
    return size - size // 4


class Typing:
    """Shows typing to users whose turns wait for those of other users."""

    def __init__(self, ledger: TurnStore, send: Callable[[Json], Awaitable[None]]) -> None:
        """`send` sends a typing activity to the conversation of a message."""
        self._ledger = ledger
        self._send = send
        self._shown: dict[str, int] = {}

    async def show(self, place: QueuedTurn) -> None:
        """Show typing until the turn has begun, or the call is cancelled.

        A user with many conversations sees it in one of them, since Teams takes only so many requests of a bot.
        """
        try:
            await asyncio.sleep(_SHOWN_AFTER)
            while True:
                if not await self._waits(place):
                    return
                await asyncio.sleep(_SHOWN_EVERY)
        finally:
            if self._shown.get(place.user) == place.turn_id:
                del self._shown[place.user]

    async def _waits(self, place: QueuedTurn) -> bool:
        """Send a typing activity if it is due; False if the turn waits no longer."""
        try:
            if not (waiting := await self._ledger.waiting_message(place.turn_id)):
                return False
            message, is_next = waiting
            if is_next and self._shown.setdefault(place.user, place.turn_id) == place.turn_id:
                await self._send(message)
        except SQLAlchemyError as error:
            logger.warning("A typing indicator was left out: %s", error)
        return True
