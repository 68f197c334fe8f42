"""Stores each activity before it is acknowledged, and runs it as a turn: once, in order, also after a crash."""

from .delays import DelayMonitor, Delays
from .inbox import Inbox
from .local_queue import LocalQueue
from .queue import Queue
from .queue_typing import TypingIndicator
from .runner import Runner
from .turn_store import TurnStore

__all__ = ["DelayMonitor", "Delays", "Inbox", "LocalQueue", "Queue", "Runner", "TurnStore", "TypingIndicator"]
