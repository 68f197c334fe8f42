"""Every setting of Parley: typed, validated, documented in one place.

Settings come from the environment or from a `.env` file; the environment wins, and an empty value counts as unset.
`--help`, the README's table and `.env.example` list what stands in `settings.py`; a test holds them to it.
"""

from .environment import SettingDoc, documented, find_misspelt, find_unparsed, read_environment
from .settings import DatabaseSettings, Settings, SettingsError
from .values import Environment

__all__ = [
    "DatabaseSettings",
    "Environment",
    "SettingDoc",
    "Settings",
    "SettingsError",
    "documented",
    "find_misspelt",
    "find_unparsed",
    "read_environment",
]
