"""What the tests of the chat share."""

from collections.abc import AsyncIterator

import pytest
from microsoft_teams.ai import AIModel

from parley.models import open_model
from parley.settings import Settings


@pytest.fixture(params=["completions", "responses"])
async def ai_model(request: pytest.FixtureRequest, environment: dict[str, str]) -> AsyncIterator[AIModel]:
    """The model that the bot would use, through either API."""
    async with open_model(Settings.load(environment | {"OPENAI_API": request.param})) as opened:
        yield opened
