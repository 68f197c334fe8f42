"""Who may use the bot, and how much."""

from .allowance import Allowance
from .tenants import Tenants

__all__ = ["Allowance", "Tenants"]
