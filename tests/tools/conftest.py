"""What the tests of MCP servers share."""

import logging
from collections.abc import AsyncIterator

import pytest

from doubles.log import Log


@pytest.fixture
async def log(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Log]:
    """What the bot logs."""
    caplog.set_level(logging.INFO)
    handler = Log()
    logging.getLogger("parley").addHandler(handler)
    yield handler
    logging.getLogger("parley").removeHandler(handler)


@pytest.fixture(params=[True, False], ids=["2025-11-25", "2026-07-28"])
def has_sessions(request: pytest.FixtureRequest) -> bool:
    """The revision of the protocol: the older ones have sessions."""
    return request.param
