"""Fixtures for the tests of authentication."""

from collections.abc import AsyncIterator

import pytest

from doubles.bot import Bot, run_bot
from doubles.connector import Connector


@pytest.fixture
def guarded_environment(guarded_environment: dict[str, str]) -> dict[str, str]:
    """The environment of a bot with credentials, without a login endpoint of its own: the SDK's credentials apply."""
    del guarded_environment["LOGIN_ENDPOINT"]
    return guarded_environment


@pytest.fixture
async def guarded(guarded_environment: dict[str, str], connector: Connector) -> AsyncIterator[Bot]:
    async with run_bot(guarded_environment, connector) as bot:
        yield bot
