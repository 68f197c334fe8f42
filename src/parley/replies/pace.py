"""How often a bot may send into one conversation."""

import asyncio
from collections import OrderedDict, deque
from itertools import islice

# So many activities in so many seconds, see bots/how-to/rate-limit.md in MicrosoftDocs/msteams-docs.
LIMITS = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))

# Seconds by which two activities may come closer together on their way.
_MARGIN = 0.1

_MOST, _LONGEST = LIMITS[-1]


class Pace:
    """Keeps every conversation of the process within Teams' limits."""

    def __init__(self) -> None:
        # When something was or will be sent, by conversation; the conversation that was used last is the last.
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """The number of conversations that count is kept of."""
        return len(self._sent)

    def has_room(self, conversation_id: str) -> bool:
        """Whether one more activity may be sent into the conversation right now."""
        now = asyncio.get_running_loop().time()
        return _next_place(self._sent.get(conversation_id) or deque(), now) <= now

    async def wait(self, conversation_id: str) -> None:
        """Wait until one more activity may be sent into the conversation."""
        now = asyncio.get_running_loop().time()
        self._forget_what_is_over(now)
        sent = self._sent.setdefault(conversation_id, deque(maxlen=_MOST))
        self._sent.move_to_end(conversation_id)
        # The place in line is taken before the waiting begins.
        place = _next_place(sent, now)
        sent.append(place)
        try:
            await asyncio.sleep(place - now)
        except asyncio.CancelledError:
            sent.remove(place)
            raise

    def _forget_what_is_over(self, now: float) -> None:
        for conversation_id, sent in list(islice(self._sent.items(), 2)):
            if not sent or sent[-1] + _LONGEST + _MARGIN < now:
                del self._sent[conversation_id]


def _next_place(sent: deque[float], now: float) -> float:
    """When one more activity may be sent, after those that were sent or are to be."""
    return max([now, *(sent[-most] + seconds + _MARGIN for most, seconds in LIMITS if len(sent) >= most)])
