"""Limits on who may use the bot, and how much."""

from .tenants import Tenants
from .usage import UsageLimits

__all__ = ["Tenants", "UsageLimits"]
