"""The settings of Parley, from the environment or a `.env` file. The environment wins; an empty value counts as unset.

`parley settings`, `docs/settings.md` and `.env.example` list the settings in `settings.py`; a test compares them.
"""

from .environment import SettingDoc, documented, find_misspelt, find_unparsed, read_environment
from .group import SettingsError, SettingsGroup
from .settings import DatabaseSettings, McpSettings, ModelSettings, ServerSettings, Settings, TeamsSettings
from .values import Environment

__all__ = [
    "DatabaseSettings",
    "Environment",
    "McpSettings",
    "ModelSettings",
    "ServerSettings",
    "SettingDoc",
    "Settings",
    "SettingsError",
    "SettingsGroup",
    "TeamsSettings",
    "documented",
    "find_misspelt",
    "find_unparsed",
    "read_environment",
]
