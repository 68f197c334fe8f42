"""Fixtures for the tests of attachments."""

from collections.abc import AsyncIterator

import pytest

from doubles.file_server import FileServer
from doubles.server import serving


@pytest.fixture
async def files() -> AsyncIterator[FileServer]:
    """The server with the users' files, on this machine: a bot without authentication may download from it."""
    double = FileServer()
    async with serving(double.app) as double.url:
        yield double
