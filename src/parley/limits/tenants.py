"""Whose people may use the bot."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Tenants:
    """The tenants whose people may use the bot."""

    allowed: frozenset[str]
    """In lower case; empty for all."""

    def admit(self, told: Iterable[str | None]) -> bool:
        """Whether an activity that names these tenants is let in.

        Teams names that of the conversation, perhaps that of the person, perhaps none, and both differ where people of
        several organizations meet. So each has to be allowed, and one at least has to be named.
        """
        named = {tenant.lower() for tenant in told if tenant}
        return not self.allowed or (bool(named) and named <= self.allowed)
