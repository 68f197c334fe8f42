"""The tool for the date and time."""

from datetime import UTC, datetime, tzinfo
from typing import Annotated

from pydantic import Field

from .context import ToolContext, zone_of
from .tool import tool

_EXAMPLE = "Use an IANA name, such as Europe/Oslo."


@tool
async def current_time(
    context: ToolContext,
    time_zone: Annotated[
        str | None, Field(description="Name of an IANA time zone, such as Europe/Oslo; by default the user's own.")
    ] = None,
) -> str:
    """The current date and time, in the user's time zone or in another one.

    Returns `Sunday 2026-11-22 20:15 (Europe/Oslo)`, in UTC if the user's time zone is unknown.
    """
    if time_zone is None:
        return _format(zone_of(context.time_zone) or UTC)
    zone = zone_of(time_zone)
    return _format(zone) if zone else f"There is no time zone named {time_zone!r}. {_EXAMPLE}"


def _format(zone: tzinfo) -> str:
    return f"{datetime.now(zone):%A %Y-%m-%d %H:%M} ({zone})"
