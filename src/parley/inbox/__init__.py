"""An activity becomes a turn: acknowledged at once, taken once, in order, surviving a crash."""

from .gate import Gate, open_gate
from .inbox import Inbox
from .lanes import Lanes
from .ledger import Ledger
from .runner import Runner

__all__ = ["Gate", "Inbox", "Lanes", "Ledger", "Runner", "open_gate"]
