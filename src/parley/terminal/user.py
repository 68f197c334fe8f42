"""The user at the terminal."""

import getpass
import locale
import os
import re
import sys
from dataclasses import dataclass

from babel.localtime import get_localzone

from ..tools.context import zone_of

_LOCALE = re.compile(r"([a-z]{2,3})_([A-Z]{2})(?:[.@].*)?")


@dataclass(frozen=True)
class User:
    """The account and the language of a user."""

    name: str
    locale: str
    """A BCP 47 tag with a country: `de-DE`."""
    time_zone: str | None
    """An IANA name: `Europe/Berlin`. None if the machine has none."""

    @property
    def country(self) -> str:
        return self.locale.partition("-")[2]


def find_user() -> User:
    """The user who is signed in on this machine."""
    try:
        name = getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container may run as a user without a name
        name = "somebody"
    return User(name, _find_locale(), _find_time_zone())


def _find_time_zone() -> str | None:
    try:
        local = get_localzone()
    except (LookupError, OSError, ValueError):
        return None
    # zoneinfo calls the name `key`; pytz, which Babel prefers if it is installed, `zone`. A zone from a file has none.
    zone = zone_of(getattr(local, "key", None) or getattr(local, "zone", None))
    return zone.key if zone else None


def _find_locale() -> str:
    if sys.platform == "win32":
        import ctypes

        code = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    else:
        # The first that is set decides, see locale(7).
        code = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    known = _LOCALE.fullmatch(code)
    return f"{known[1]}-{known[2]}" if known else "en-US"
