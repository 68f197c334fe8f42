"""Fixtures for the tests of authentication."""

from collections.abc import AsyncIterator

import pytest

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.key_server import APP_ID, KeyServer


@pytest.fixture
def guarded_environment(environment: dict[str, str], key_server: KeyServer) -> dict[str, str]:
    """The environment of a bot with credentials. It allows the connector on the loopback."""
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
    return environment | {
        "CLIENT_ID": APP_ID,
        "CLIENT_SECRET": "secret-of-the-tests",
        "TENANT_ID": "tenant",
        "OPENID_METADATA_URL": key_server.metadata_url,
        "ALLOWED_SERVICE_HOSTS": "127.0.0.1",
    }


@pytest.fixture
async def guarded(guarded_environment: dict[str, str], connector: Connector) -> AsyncIterator[Bot]:
    async with run_bot(guarded_environment, connector) as bot:
        yield bot
