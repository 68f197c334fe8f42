"""Are Python and the packages those that Parley was made for?"""

import platform
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ...settings import Environment
from .finding import Finding, broken, good

# Those of them that an error report should name.
_TOLD = ("parley", "microsoft-teams-apps", "microsoft-teams-ai", "openai")


async def check_versions(_environment: Environment) -> list[Finding]:
    """A line for Python, one for the packages together, and one for each that is wrong."""
    range = SpecifierSet(metadata("parley")["Requires-Python"])
    return [_check_python(platform.python_version(), range), *_check_packages()]


def _check_python(found: str, range: SpecifierSet) -> Finding:
    if range.contains(found, prereleases=True):
        return good(f"Python {found}")
    return broken(f"Python is {found}, expected {range}: make the environment anew with another Python")


def _check_packages() -> list[Finding]:
    wrong: list[Finding] = []
    for requirement in map(Requirement, requires("parley") or []):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue  # of an extra, or of another system
        found = _version(requirement.name)
        if not found or not requirement.specifier.contains(found, prereleases=True):
            state = f"{requirement.name} is {found or 'missing'}, expected {requirement.specifier}"
            wrong.append(broken(f"{state}: run pip install -r requirements.lock"))
    return wrong or [good(", ".join(f"{name} {version(name)}" for name in _TOLD))]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
