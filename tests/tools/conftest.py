"""Fixtures for the tests of MCP servers."""

import logging
from collections.abc import AsyncIterator

import pytest

from doubles.log import Log


@pytest.fixture
async def log(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Log]:
    """The bot's log."""
    caplog.set_level(logging.INFO)
    handler = Log()
    logging.getLogger("parley").addHandler(handler)
    yield handler
    logging.getLogger("parley").removeHandler(handler)


@pytest.fixture(params=[True, False], ids=["2025-11-25", "2026-07-28"])
def has_sessions(request: pytest.FixtureRequest) -> bool:
    """True for older revisions of the protocol, which have sessions."""
    return request.param
