"""Limits on who may use the bot, and how much."""

from .tenants import Tenants
from .usage import Allowance

__all__ = ["Allowance", "Tenants"]
