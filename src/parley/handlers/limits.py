"""The line for a user who has reached a limit."""

import math
from datetime import UTC, datetime, timedelta

from ..language import Localizer
from ..tools.context import zone_of

# Seconds. A shorter wait is given in seconds, a longer one as the time of its end.
_LONGEST_IN_SECONDS = 90


def limit_line(resumes_at: datetime, time_zone: str | None, localize: Localizer) -> str:
    """The line with the time when the user may go on: in the user's time zone, or in UTC; with the day if not today."""
    seconds = math.ceil((resumes_at - datetime.now(UTC)).total_seconds())
    if seconds <= _LONGEST_IN_SECONDS:
        # With two as the least, no language needs a singular.
        return localize("wait-for-seconds", seconds=max(seconds, 2))
    # A clock shows whole minutes. The time has come once it shows this one.
    clock = resumes_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if zone := zone_of(time_zone):
        until = clock.astimezone(zone)
        return localize("wait-until" if _is_today(until) else "wait-until-another-day", time=until)
    until = clock.astimezone(UTC)
    return localize("wait-until-in-utc" if _is_today(until) else "wait-until-another-day-in-utc", time=until)


def _is_today(moment: datetime) -> bool:
    return moment.date() == datetime.now(moment.tzinfo).date()
