"""The environment and the `.env` file: reads variables, finds misspelt names, documents the settings."""

import logging
import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Original, parse_stream
from pydantic import BaseModel

from .group import SettingsError
from .mcp_servers import referred_names
from .settings import Settings
from .values import Environment, unreadable_because

# It warns of malformed lines each time that the file is read. `find_unparsed` reports them once.
logging.getLogger("dotenv.main").setLevel(logging.ERROR)


def read_environment(file: str) -> Environment:
    """The variables of the process and of the `.env` file. Those of the process win.

    Args:
        file: the path of the `.env` file, or "".

    Raises:
        SettingsError: the file cannot be read.
    """
    return {**read_file(file), **os.environ}


def read_file(file: str) -> Environment:
    """The variables in the `.env` file.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        return dotenv_values(file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{file} cannot be read: {unreadable_because(error)}"]) from None


def find_unparsed(file: str) -> list[str]:
    """One line for the operator for each line of the `.env` file that is malformed and sets nothing.

    Args:
        file: the path of the `.env` file, or "".

    Raises:
        SettingsError: the file cannot be read.
    """
    if not file:
        return []
    try:
        with Path(file).open(encoding="utf-8") as stream:
            wrong = [binding.original for binding in parse_stream(stream) if binding.error]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{file} cannot be read: {unreadable_because(error)}"]) from None
    problem = "is not of the form NAME=value, and sets nothing; is a quotation mark missing?"
    return [f"line {_line(original)} of {file} {problem}" for original in wrong]


def _line(original: Original) -> int:
    """The number of the line. The parser counts from the empty lines before it."""
    text = original.string
    return original.line + text[: len(text) - len(text.lstrip())].count("\n")


class SettingDoc(BaseModel):
    """The documentation of one setting."""

    group: str
    """The title of the settings that it belongs to."""
    name: str
    description: str
    expected: str
    default: str


def documented() -> Iterator[SettingDoc]:
    """All settings in the order of the documentation."""
    fields = [(group, *item) for group in Settings.groups() for item in group.model_fields.items()]
    for group, name, field in fields:
        default: object = field.default
        yield SettingDoc(
            group=(group.__doc__ or "").partition(".")[0],
            name=name.upper(),
            description=field.description or "",
            expected=Settings.expected(name),
            default=""
            if default in (None, (), frozenset())
            else str(default).lower()
            if isinstance(default, bool)
            else str(default),
        )


# The least similarity of a misspelt name to a setting. Variables of other programs, such as AZURE_CLIENT_SECRET, have
# less.
_SIMILARITY = 0.85


def find_misspelt(file: str, environment: Environment) -> list[str]:
    """One line for the operator for each name in the `.env` file that resembles the name of a setting.

    Names that the file or MCP_SERVERS refers to as `${NAME}` are not misspelt.

    Args:
        file: the path of the `.env` file, or "".
        environment: all variables.

    Raises:
        SettingsError: the file cannot be read.
    """
    if not file:
        return []
    known = [name.upper() for name in Settings.model_fields]
    referred = referred_names(Path(file).read_text(encoding="utf-8", errors="replace"))
    referred |= referred_names(environment.get("MCP_SERVERS") or "")
    lines: list[str] = []
    for name in read_file(file):
        if name.upper() in known or name in referred:
            continue
        if meant := get_close_matches(name.upper(), known, n=1, cutoff=_SIMILARITY):
            lines.append(f"{name} in {file} is no setting of Parley; did you mean {meant[0]}?")
    return lines
