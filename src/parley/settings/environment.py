"""The variables that the settings are read from: those of the process, and those of a `.env` file."""

import logging
import os
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Original, parse_stream

from .settings import SettingsError
from .values import Environment, unreadable_because

# It would warn of the lines that `find_unparsed` finds, each time that somebody reads the file.
logging.getLogger("dotenv.main").setLevel(logging.ERROR)


def read_environment(file: str) -> Environment:
    """All variables there are; of two with the same name, that of the process.

    Args:
        file: the path of the `.env` file, or "".

    Raises:
        SettingsError: the file cannot be read.
    """
    return {**read_file(file), **os.environ}


def read_file(file: str) -> Environment:
    """The variables in the `.env` file.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        return dotenv_values(file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{file} cannot be read: {unreadable_because(error)}"]) from None


def find_unparsed(file: str) -> list[str]:
    """A line for each place in the `.env` file that cannot be parsed, and sets nothing; none without a file.

    Args:
        file: its path, or "".

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
    """What is parsed together begins with the empty lines before it."""
    text = original.string
    return original.line + text[: len(text) - len(text.lstrip())].count("\n")
