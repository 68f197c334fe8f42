"""When a person who has used up an allowance may go on, as the person reads the clock."""

import math
from datetime import UTC, datetime, timedelta

from ..language import Localizer
from ..tools.context import zone_of

# Seconds that are told as such; of a longer time, its end is told.
_LONGEST = 90


def line_until(resumes_at: datetime, time_zone: str | None, say: Localizer) -> str:
    """The line for somebody who may go on at that time, with the day if it is not today; on a clock in UTC, if the time
    zone is not known."""
    seconds = math.ceil((resumes_at - datetime.now(UTC)).total_seconds())
    if seconds <= _LONGEST:
        # None of the languages has another plural for two than for more.
        return say("pause-for-seconds", seconds=max(seconds, 2))
    # The clock shows whole minutes, and the time has come when it shows this one.
    clock = resumes_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if zone := zone_of(time_zone):
        until = clock.astimezone(zone)
        return say("pause-until" if _is_today(until) else "pause-until-another-day", time=until)
    until = clock.astimezone(UTC)
    return say("pause-until-in-utc" if _is_today(until) else "pause-until-another-day-in-utc", time=until)


def _is_today(moment: datetime) -> bool:
    return moment.date() == datetime.now(moment.tzinfo).date()
