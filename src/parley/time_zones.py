"""Time zones by their names."""

from zoneinfo import ZoneInfo


def zone_of(name: str | None) -> ZoneInfo | None:
    """The time zone that has this IANA name, such as `Europe/Oslo`; None if none has."""
    try:
        return ZoneInfo(name or "")
    except (LookupError, ValueError, OSError):  # no such name, no name at all, a folder of names
        return None
