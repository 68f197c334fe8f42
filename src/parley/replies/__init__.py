"""Delivers answers to Teams: streamed into a 1:1 chat, in one message into a group chat or a channel."""

from .delivery import StoppedError, is_group
from .rate_limits import TEAMS_LIMITS, ChannelLimits, Pace
from .reply import Replies, Reply

__all__ = ["TEAMS_LIMITS", "ChannelLimits", "Pace", "Replies", "Reply", "StoppedError", "is_group"]
