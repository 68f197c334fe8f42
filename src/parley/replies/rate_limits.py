"""Teams' rate limits for sending into one conversation.

Kept by hand: rate limit libraries use clocks of their own, which break virtual time in tests, and have no places in
line, which keep the activities of a conversation in order.
"""

import asyncio
from collections import OrderedDict, deque
from itertools import islice

# (activities, seconds): so many activities in so many seconds, see bots/how-to/rate-limit.md in
# MicrosoftDocs/msteams-docs.
LIMITS = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))

# Seconds by which network latency may bring two activities closer together.
_MARGIN = 0.1

_MOST, _LONGEST = LIMITS[-1]


class Pace:
    """Keeps all conversations of this process within Teams' rate limits."""

    def __init__(self) -> None:
        # The times of past and planned activities by conversation; the conversation used last is the last.
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of conversations whose activities are counted."""
        return len(self._sent)

    def has_room(self, conversation_id: str) -> bool:
        """True if an activity may be sent into the conversation right now."""
        now = asyncio.get_running_loop().time()
        return _next_time(self._sent.get(conversation_id) or deque(), now) <= now

    async def wait(self, conversation_id: str) -> None:
        """Wait until one more activity may be sent into the conversation."""
        now = asyncio.get_running_loop().time()
        self._forget_expired(now)
        sent = self._sent.setdefault(conversation_id, deque(maxlen=_MOST))
        self._sent.move_to_end(conversation_id)
        # Take the place in line before waiting for it.
        time = _next_time(sent, now)
        sent.append(time)
        try:
            await asyncio.sleep(time - now)
        except asyncio.CancelledError:
            sent.remove(time)
            raise

    def _forget_expired(self, now: float) -> None:
        for conversation_id, sent in list(islice(self._sent.items(), 2)):
            if not sent or sent[-1] + _LONGEST + _MARGIN < now:
                del self._sent[conversation_id]


def _next_time(sent: deque[float], now: float) -> float:
    """Return the earliest time for one more activity after the `sent` ones."""
    return max([now, *(sent[-most] + seconds + _MARGIN for most, seconds in LIMITS if len(sent) >= most)])
