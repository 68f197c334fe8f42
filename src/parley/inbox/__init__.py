"""An activity becomes a turn: acknowledged at once, taken once, in order, surviving a crash."""

from .inbox import Inbox, Queue
from .local_queue import Lanes
from .runner import Runner
from .turn_store import Ledger
from .waiting import Typing

__all__ = ["Inbox", "Lanes", "Ledger", "Queue", "Runner", "Typing"]
