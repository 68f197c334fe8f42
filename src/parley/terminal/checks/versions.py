"""Are Python and the packages those that Parley was made for?"""

import platform
import re
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from itertools import zip_longest

from ...settings import Environment
from .finding import Finding, broken, good

# Those of them that an error report should name.
_TOLD = ("parley", "microsoft-teams-apps", "microsoft-teams-ai", "openai")

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?([^;]*)")
_BOUND = re.compile(r"(>=|<)\s*([0-9][^,\s]*)")


async def check_versions(_environment: Environment) -> list[Finding]:
    """A line for Python, one for the packages together, and one for each that is wrong."""
    return [_check_python(platform.python_version(), metadata("parley")["Requires-Python"]), *_check_packages()]


def _check_python(found: str, range: str) -> Finding:
    if _is_within(found, range):
        return good(f"Python {found}")
    return broken(f"Python is {found}, expected {range}: make the environment anew with another Python")


def _check_packages() -> list[Finding]:
    wrong: list[Finding] = []
    for requirement in requires("parley") or []:
        name_and_range = _REQUIREMENT.match(requirement)
        if ";" in requirement or not name_and_range:
            continue  # of an extra, or of another system
        name, range = name_and_range[1], name_and_range[2].strip()
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "missing"
        if found == "missing" or not _is_within(found, range):
            wrong.append(broken(f"{name} is {found}, expected {range}: run pip install -r requirements.lock"))
    return wrong or [good(", ".join(f"{name} {version(name)}" for name in _TOLD))]


def _is_within(found: str, range: str) -> bool:
    """Whether a version is within bounds such as `>=3.0,<4`."""
    return all(
        _compare(found, bound) >= 0 if sign == ">=" else _compare(found, bound) < 0
        for sign, bound in _BOUND.findall(range)
    )


def _compare(one: str, other: str) -> int:
    """Negative if the first is the lower one. As far as Parley's bounds need it, the numbers in it are a version."""
    for left, right in zip_longest(*(map(int, re.findall(r"\d+", text)) for text in (one, other)), fillvalue=0):
        if left != right:
            return left - right
    return 0
