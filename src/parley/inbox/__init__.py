"""An activity becomes a turn: acknowledged at once, taken once, in order, surviving a crash."""

from .inbox import Inbox, Queue
from .local_queue import LocalQueue
from .runner import Runner
from .turn_store import TurnStore
from .waiting import Typing

__all__ = ["Inbox", "LocalQueue", "Queue", "Runner", "TurnStore", "Typing"]
