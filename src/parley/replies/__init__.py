"""How an answer reaches Teams: streamed into a 1:1 chat, in one message into a group."""

from .group import is_group
from .replies import Replies
from .reply import Reply
from .stream import StoppedError

__all__ = ["Replies", "Reply", "StoppedError", "is_group"]
