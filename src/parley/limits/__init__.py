"""Access by tenant, and usage limits per user."""

from .tenants import Tenants
from .usage import UsageLimits

__all__ = ["Tenants", "UsageLimits"]
