"""The variables that the settings are read from: those of the process, and those of a `.env` file."""

import os

from dotenv import dotenv_values

from .settings import SettingsError
from .values import Environment, unreadable_because


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
