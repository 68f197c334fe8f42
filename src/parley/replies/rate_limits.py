"""The limits of a channel for sending into one conversation.

Kept by hand: rate limit libraries use clocks of their own, which break virtual time in tests, and have no places in
line, which keep the activities of a conversation in order.
"""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from itertools import islice


@dataclass(frozen=True)
class ChannelLimits:
    """The limits of a channel for what a bot sends."""

    activities: tuple[tuple[int, float], ...]
    """(activities, seconds): so many activities into one conversation in so many seconds, the shortest time first."""
    stream_interval: float
    """Seconds from the end of one request of a stream to the next."""
    stream_time: float
    """Seconds that a stream may last."""


# See bots/how-to/rate-limit.md and bots/streaming-ux.md in MicrosoftDocs/msteams-docs. Teams closes a stream after two
# minutes; the rest of them is for the message that ends it, and for its attempts.
TEAMS_LIMITS = ChannelLimits(((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)), stream_interval=1.0, stream_time=105.0)

# Seconds by which network latency may bring two activities closer together.
_MARGIN = 0.1


class Pace:
    """Keeps all conversations of this process within the limits of the channel."""

    def __init__(self, limits: ChannelLimits = TEAMS_LIMITS) -> None:
        self.limits = limits
        self._most, self._longest = limits.activities[-1] if limits.activities else (0, 0.0)
        # The times of past and planned activities by conversation; the conversation used last is the last.
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of conversations whose activities are counted."""
        return len(self._sent)

    def has_room(self, conversation_id: str) -> bool:
        """True if an activity may be sent into the conversation right now."""
        now = asyncio.get_running_loop().time()
        return self._next_time(self._sent.get(conversation_id) or deque(), now) <= now

    async def wait(self, conversation_id: str) -> None:
        """Wait until one more activity may be sent into the conversation."""
        if not self.limits.activities:
            return
        now = asyncio.get_running_loop().time()
        self._forget_expired(now)
        sent = self._sent.setdefault(conversation_id, deque(maxlen=self._most))
        self._sent.move_to_end(conversation_id)
        # Take the place in line before waiting for it.
        time = self._next_time(sent, now)
        sent.append(time)
        try:
            await asyncio.sleep(time - now)
        except asyncio.CancelledError:
            sent.remove(time)
            raise

    def _forget_expired(self, now: float) -> None:
        for conversation_id, sent in list(islice(self._sent.items(), 2)):
            if not sent or sent[-1] + self._longest + _MARGIN < now:
                del self._sent[conversation_id]

    def _next_time(self, sent: deque[float], now: float) -> float:
        """Return the earliest time for one more activity after the `sent` ones."""
        earliest = (sent[-most] + time + _MARGIN for most, time in self.limits.activities if len(sent) >= most)
        return max([now, *earliest])
