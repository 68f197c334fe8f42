"""What the tests of attachments share."""

from collections.abc import AsyncIterator

import pytest

from doubles.file_server import FileServer
from doubles.server import serving


@pytest.fixture
async def files() -> AsyncIterator[FileServer]:
    """Where the people's files are. It is on this machine, from which a bot that asks for no tokens may download."""
    double = FileServer()
    async with serving(double.app) as double.url:
        yield double
