"""What the bot stands on, each part looked at by itself.

A check is a function that is given the environment, names to texts, and returns its findings. It reads the settings
that it needs and no others, so that a mistake elsewhere does not keep it from its work; of a mistake in its own, it may
raise `SettingsError`, since the check of the settings tells of that.
"""

from collections.abc import Awaitable, Callable

from ...settings import Environment
from .credentials import check_credentials
from .database import check_database
from .finding import Finding, Mark
from .keys import check_keys
from .mcp_servers import check_mcp_servers
from .model import check_model
from .port import check_port
from .settings import check_settings
from .versions import check_versions

__all__ = ["CHECKS", "Check", "Finding", "Mark"]

Check = Callable[[Environment], Awaitable[list[Finding]]]

# What they look at, in the order in which it is told of.
CHECKS: dict[str, Check] = {
    "settings": check_settings,
    "versions": check_versions,
    "database": check_database,
    "model": check_model,
    "MCP servers": check_mcp_servers,
    "credentials": check_credentials,
    "signing keys": check_keys,
    "port": check_port,
}
