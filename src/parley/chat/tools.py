"""The tools that the model may call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from microsoft_teams.ai import Function
from pydantic import BaseModel, Field


class TimeParameters(BaseModel):
    time_zone: str = Field(default="UTC", description="Name of an IANA time zone, such as Europe/Oslo.")


async def tell_time(params: TimeParameters) -> str:
    """Date and time, such as `Sunday 2026-11-22 20:15 (Europe/Oslo)`."""
    try:
        zone = ZoneInfo(params.time_zone)
    except (LookupError, ValueError, OSError):  # no such name, no name at all, a folder of names
        return f"There is no time zone named {params.time_zone!r}. Use an IANA name, such as Europe/Oslo."
    return f"{datetime.now(zone):%A %Y-%m-%d %H:%M} ({zone.key})"


CURRENT_TIME = Function[TimeParameters](
    name="current_time",
    description="The current date and time in a time zone.",
    parameter_schema=TimeParameters,
    handler=tell_time,
)

TOOLS: Sequence[Function[Any]] = (CURRENT_TIME,)
