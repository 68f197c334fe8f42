"""An activity becomes a turn: acknowledged at once, taken once, in order, surviving a crash."""

from .inbox import Inbox, Queue
from .lanes import Lanes
from .ledger import Ledger
from .runner import Runner
from .waiting import Typing

__all__ = ["Inbox", "Lanes", "Ledger", "Queue", "Runner", "Typing"]
