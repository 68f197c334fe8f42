"""For how long a server wants to be left alone."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a response asks to wait, 0 if it does not say."""
    # OpenAI's API tells milliseconds as well.
    for name, seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            return max(0.0, float(headers[name]) * seconds)
    with suppress(KeyError, ValueError, OverflowError):
        moment = parsedate_to_datetime(headers["retry-after"])
        # One of the forms that a date may have names no zone: it is in UTC (RFC 9110, section 5.6.7).
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return 0.0
