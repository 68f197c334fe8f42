"""The tenants whose users may use the bot."""

from dataclasses import dataclass
from typing import Protocol


class _Tenant(Protocol):
    @property
    def id(self) -> str | None: ...


class _Account(Protocol):
    @property
    def tenant_id(self) -> str | None: ...


class _ChannelData(Protocol):
    @property
    def tenant(self) -> _Tenant | None: ...


class _Activity(Protocol):
    @property
    def conversation(self) -> _Account: ...
    @property
    def from_(self) -> _Account: ...
    @property
    def channel_data(self) -> _ChannelData | None: ...


@dataclass(frozen=True)
class Tenants:
    """The tenants whose users may use the bot."""

    allowed: frozenset[str]
    """In lower case; empty for all."""

    def admit(self, activity: _Activity) -> bool:
        """True if an activity comes from allowed tenants.

        Teams names the tenant of the conversation, that of the user, or none. They differ where users of several
        organizations meet. So each has to be allowed, and at least one has to be named.
        """
        tenants = {activity.conversation.tenant_id, activity.from_.tenant_id}
        if activity.channel_data and activity.channel_data.tenant:
            tenants.add(activity.channel_data.tenant.id)
        named = {tenant.lower() for tenant in tenants if tenant}
        return not self.allowed or (bool(named) and named <= self.allowed)
