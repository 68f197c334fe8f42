"""Cities and their time zones."""

import re
from collections.abc import Mapping
from functools import cache
from typing import cast
from zoneinfo import available_timezones

from babel import Locale


def zone_in(words: str, tag: str) -> str | None:
    """The time zone of the first city that the words name."""
    text = words.lower()
    for city, zone in _cities(tag).items():
        # Chinese and Japanese have no spaces between words.
        if city in text and (not city.isascii() or re.search(rf"\b{re.escape(city)}\b", text)):
            return zone
    return None


@cache
def _cities(tag: str) -> dict[str, str]:
    """Time zones by the names of their cities, in a language and in English, the longest first."""
    own = cast(Mapping[str, dict[str, str]], Locale.parse(tag, sep="-").time_zones)
    zones = {zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))}
    named = {zone.rpartition("/")[2].replace("_", " ").lower(): zone for zone in sorted(zones)}
    named |= {names["city"].lower(): zone for zone, names in own.items() if "city" in names and zone in zones}
    return dict(sorted(named.items(), key=lambda city: -len(city[0])))
