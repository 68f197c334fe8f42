"""The settings of a bot that talks to a terminal."""

import os

from ..settings import Environment, Settings

TENANT = "terminal"

# Settings that a bot without Teams does not need. The Teams SDK reads some of them from the process's environment.
_OF_TEAMS = (
    "ALLOWED_SERVICE_HOSTS",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "LOGIN_ENDPOINT",
    "MANAGED_IDENTITY_CLIENT_ID",
    "OPENID_METADATA_URL",
)


def load_settings(environment: Environment, database_url: str) -> Settings:
    """The settings for a bot without Teams, with the database at `database_url`. Removes the credentials for Teams
    from the environment of the process.

    Raises:
        SettingsError: a setting is wrong.
    """
    for name in _OF_TEAMS:
        os.environ.pop(name, None)
    kept = {name: value for name, value in environment.items() if name.upper() not in _OF_TEAMS}
    own = {
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
        "DATABASE_URL": database_url,
        "TENANT_ID": TENANT,
        # A terminal shows the tables that Teams shows in this format only.
        "TEXT_FORMAT": "extendedmarkdown",
    }
    return Settings.load(kept | own)
