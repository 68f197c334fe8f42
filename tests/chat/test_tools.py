"""The tools that the model may call."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from parley.chat.tools import TimeParameters, tell_time

FORMAT = "%A %Y-%m-%d %H:%M"


class TestCurrentTime:
    async def test_is_that_of_utc_unless_asked_otherwise(self):
        before = datetime.now(UTC).replace(second=0, microsecond=0)

        told = await tell_time(TimeParameters())

        assert told.endswith(" (UTC)")
        assert before <= datetime.strptime(told, f"{FORMAT} (UTC)").replace(tzinfo=UTC) <= datetime.now(UTC)

    async def test_may_be_that_of_another_zone(self):
        zone = ZoneInfo("Asia/Kolkata")
        before = datetime.now(zone).replace(second=0, microsecond=0)

        told = await tell_time(TimeParameters(time_zone="Asia/Kolkata"))

        told_time = datetime.strptime(told, f"{FORMAT} (Asia/Kolkata)").replace(tzinfo=zone)
        assert before <= told_time <= datetime.now(zone)

    @pytest.mark.parametrize("name", ["Mars/Olympus_Mons", "", "Europe", "/etc/passwd", "../zone", "Oslo\0"])
    async def test_of_an_unknown_zone_says_what_a_known_one_looks_like(self, name: str):
        told = await tell_time(TimeParameters(time_zone=name))

        assert told.startswith(f"There is no time zone named {name!r}.") and "Europe/Oslo" in told
