"""The tool for the date and time."""

import inspect
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from parley.tools import ToolContext
from parley.tools.clock import current_time

FORMAT = "%A %Y-%m-%d %H:%M"


async def read_clock(time_zone: str | None = None, *, of_the_user: str | None = None) -> str:
    result = current_time.function(ToolContext(time_zone=of_the_user), time_zone)
    assert inspect.isawaitable(result)
    return str(await result)


class TestCurrentTime:
    @pytest.mark.parametrize("of_the_user", [None, "", "W. Europe Standard Time"])
    async def test_is_in_utc_when_the_zone_of_the_user_is_unknown(self, of_the_user: str | None):
        before = datetime.now(UTC).replace(second=0, microsecond=0)

        result = await read_clock(of_the_user=of_the_user)

        assert result.endswith(" (UTC)")
        assert before <= datetime.strptime(result, f"{FORMAT} (UTC)").replace(tzinfo=UTC) <= datetime.now(UTC)

    @pytest.mark.parametrize(
        ("asked_for", "of_the_user"),
        [(None, "Asia/Kolkata"), ("Asia/Kolkata", "Europe/Oslo"), ("Asia/Kolkata", None)],
    )
    async def test_is_in_the_zone_of_the_user_by_default(self, asked_for: str | None, of_the_user: str | None):
        zone = ZoneInfo("Asia/Kolkata")
        before = datetime.now(zone).replace(second=0, microsecond=0)

        result = await read_clock(asked_for, of_the_user=of_the_user)

        result_time = datetime.strptime(result, f"{FORMAT} (Asia/Kolkata)").replace(tzinfo=zone)
        assert before <= result_time <= datetime.now(zone)

    @pytest.mark.parametrize("name", ["Mars/Olympus_Mons", "", "Europe", "/etc/passwd", "../zone", "Oslo\0"])
    async def test_of_an_unknown_zone_shows_an_example_of_a_known_one(self, name: str):
        result = await read_clock(name)

        assert result.startswith(f"There is no time zone named {name!r}.") and "Europe/Oslo" in result
