"""Checks of this machine: the settings, the versions of Python and the packages, the database, and the port."""

import asyncio
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

import httpx
from dotenv import find_dotenv
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from sqlalchemy import make_url

from ...serving import PortError, listen
from ...settings import (
    DatabaseSettings,
    Environment,
    ServerSettings,
    Settings,
    SettingsError,
    TeamsSettings,
    find_misspelt,
    find_unparsed,
)
from ...storage import Condition, UnusableDatabaseError, inspect_database
from .finding import Finding, explain, failed, passed, warning

# The versions that an error report should name.
_REPORTED = ("parley", "microsoft-teams-apps", "microsoft-teams-ai", "openai")

_PROBE_TIMEOUT = 5.0  # seconds


async def check_settings(environment: Environment) -> list[Finding]:
    """A line for each problem. Missing credentials are left to their own check."""
    file = find_dotenv(usecwd=True)
    problems = list(_problems(environment))
    try:
        warnings = [warning(line) for line in find_unparsed(file) + find_misspelt(file, environment)]
    except SettingsError as error:  # the file cannot be read
        problems, warnings = error.problems + problems, []
    if problems:
        return [*map(failed, problems), *warnings]
    valid = f"all are valid, also those in {file}" if file else "all are valid; there is no .env file"
    return [passed(valid), *warnings]


def _problems(environment: Environment) -> Iterator[str]:
    for group in Settings.groups():
        try:
            group.load(environment)
        except SettingsError as error:
            yield from error.problems


async def check_versions(_environment: Environment) -> list[Finding]:
    """A line for Python, one for all packages, and one for each that does not fit."""
    supported = SpecifierSet(metadata("parley")["Requires-Python"])
    return [_check_python(platform.python_version(), supported), *_check_packages()]


def _check_python(found: str, supported: SpecifierSet) -> Finding:
    if supported.contains(found, prereleases=True):
        return passed(f"Python {found}")
    return failed(f"Python is {found}, expected {supported}: create the environment again with another Python")


def _check_packages() -> list[Finding]:
    wrong: list[Finding] = []
    for requirement in map(Requirement, requires("parley") or []):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue  # for an extra, or for another system
        found = _version(requirement.name)
        if not found or not requirement.specifier.contains(found, prereleases=True):
            state = f"{requirement.name} is {found or 'missing'}, expected {requirement.specifier}"
            wrong.append(failed(f"{state}: run pip install -r requirements.lock"))
    return wrong or [passed(", ".join(f"{name} {version(name)}" for name in _REPORTED))]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


async def check_database(environment: Environment) -> list[Finding]:
    """Connect to the database and compare its schema version; change nothing."""
    settings = DatabaseSettings.load(environment)
    name = make_url(settings.database_url).render_as_string(hide_password=True).partition("?")[0]
    try:
        condition = await asyncio.to_thread(inspect_database, settings.database_url)
    except UnusableDatabaseError as error:
        # The class of the error tells an operator nothing.
        cause = f"{name} cannot be used: {explain(error, settings.secrets()).partition(': ')[2]}"
        if error.__cause__ is None:  # the error itself says what to do
            return [failed(cause)]
        advice = "whether its server is running" if settings.is_shared else "whether the file is a database of Parley"
        return [failed(f"{cause}. What to do: check DATABASE_URL, and {advice}")]
    match condition:
        case Condition.CURRENT:
            return [passed(f"{name} is up to date")]
        case Condition.OUTDATED if settings.is_shared:
            return [failed(f"{name} is not prepared for this version of Parley: run 'parley db upgrade'")]
        case Condition.OUTDATED:
            return [passed(f"{name} is of an older version; the next start upgrades it")]
        case Condition.MISSING:
            return [passed(f"{name} does not exist yet; the first start creates it")]


async def check_port(environment: Environment) -> list[Finding]:
    """Listen on the port for a moment, on the address of the bot."""
    port, host = ServerSettings.load(environment).port, TeamsSettings.load(environment).host
    if await _is_bot(f"http://127.0.0.1:{port}/healthz"):
        return [passed(f"a bot listens on {port}")]
    try:
        listen(host, port).close()
    except PortError as error:
        return [failed(error.line)]
    return [passed(f"{port} is free")]


async def _is_bot(probe: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=_PROBE_TIMEOUT, trust_env=False) as http:
            return (await http.get(probe)).text == "alive\n"
    except httpx.HTTPError:
        return False
