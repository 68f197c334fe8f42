"""Fixtures for the tests of attachments."""

from collections.abc import AsyncIterator

import pytest

from doubles.file_server import FileServer
from doubles.server import serving


@pytest.fixture
async def files() -> AsyncIterator[FileServer]:
    """A server with users' files. A bot without authentication may download from the loopback."""
    double = FileServer()
    async with serving(double.app) as double.url:
        yield double
