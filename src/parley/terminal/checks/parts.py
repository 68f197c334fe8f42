"""The settings by what they are about."""

from ...settings import Environment, Settings

# The beginnings of their names.
MODEL = ("AZURE_OPENAI_", "MODEL_", "OPENAI_", "TOOL_")
TEAMS = (
    "ALLOWED_SERVICE_HOSTS",
    "ALLOWED_TENANTS",
    "CLIENT_",
    "CLOUD",
    "DANGEROUSLY_",
    "LOGIN_",
    "MANAGED_IDENTITY_",
    "OPENID_",
    "TENANT_",
)
PORT = ("CLIENT_ID", "DANGEROUSLY_", "PORT")

# Lets the bot start without Teams.
OPEN = {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"}


def load_model_settings(environment: Environment) -> Settings:
    """Raises `SettingsError`, as all of these do, when one of them is wrong."""
    return Settings.load(only(environment, MODEL) | OPEN)


def load_teams_settings(environment: Environment) -> Settings | None:
    """None if there are none that say who may talk to the bot."""
    given = only(environment, TEAMS)
    if not _say_who(given):
        Settings.load(given | OPEN)
        return None
    return Settings.load(given)


def load_port_settings(environment: Environment) -> Settings:
    """Whoever may talk to the bot decides on which addresses it listens."""
    given = only(environment, PORT)
    return Settings.load(given if _say_who(given) else given | OPEN)


def _say_who(given: Environment) -> bool:
    """Whether there are settings that say who may talk to the bot."""
    return any(value for name, value in given.items() if name.startswith(("CLIENT_", "DANGEROUSLY_")))


def only(environment: Environment, beginnings: tuple[str, ...]) -> dict[str, str | None]:
    """The variables whose names begin so, in upper case."""
    return {name.upper(): value for name, value in environment.items() if name.upper().startswith(beginnings)}
