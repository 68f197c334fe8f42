"""The bot of the guide, `examples/minimal.py`, with the published SDK and the doubles of Parley's tests."""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from microsoft_teams.ai import ListMemory
from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App, FastAPIAdapter
from openai import AsyncOpenAI

import minimal
from doubles.bot import Bot
from doubles.connector import Connector
from doubles.model_server import ModelServer
from doubles.server import serving

Handler = Callable[[ActivityContext[MessageActivity]], Awaitable[None]]


@asynccontextmanager
async def guide(handler: Handler, connector: Connector) -> AsyncGenerator[Bot]:
    """A bot with one handler of the guide."""
    server = FastAPI()
    app = App(dangerously_allow_unauthenticated_requests=True, http_server_adapter=FastAPIAdapter(server))
    app.on_message(handler)
    await app.initialize()
    async with serving(server) as url, httpx.AsyncClient(timeout=30) as http:
        yield Bot(url, connector, http)
    await app.http_client.http.aclose()


@pytest.fixture(autouse=True)
async def configured(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> AsyncIterator[None]:
    """Configure the model by the environment, and close the clients: the guide makes one for each message."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, environment[name])
    # The SDK repeats a refused final message after random times, up to four times, but Teams requires a second between
    # two requests: one stream in eight fails. Here each time is the longest possible.
    monkeypatch.setattr(random, "uniform", max)
    clients: list[AsyncOpenAI] = []

    def make_client(**options: Any) -> AsyncOpenAI:
        clients.append(AsyncOpenAI(**options))
        return clients[-1]

    monkeypatch.setattr("microsoft_teams.openai.common.AsyncOpenAI", make_client)
    monkeypatch.setattr(minimal, "AsyncOpenAI", make_client)
    monkeypatch.setattr(minimal, "MODEL", environment["OPENAI_MODEL"])
    monkeypatch.setattr(minimal, "memory", ListMemory())
    yield
    for client in clients:
        await client.close()


async def test_simple_chat_generation_sends_a_labelled_answer(connector: Connector, model: ModelServer):
    model.answers("Ahoy, matey!")
    async with guide(minimal.full, connector) as bot:
        assert await bot.personal().ask("Hello") == "Ahoy, matey!"

    assert connector.messages[0].has_ai_label
    assert model.messages() == [("system", "You are a friendly assistant who talks like a pirate."), ("user", "Hello")]


@pytest.mark.parametrize("place", ["personal", "group"])
async def test_streaming_streams_to_one_user_and_sends_to_a_group(connector: Connector, model: ModelServer, place: str):
    model.answers("Ahoy", ".")
    async with guide(minimal.streamed, connector) as bot:
        conversation = bot.personal() if place == "personal" else bot.group()
        assert await conversation.ask("Hello") == "Ahoy."

    assert connector.messages[0].has_ai_label
    assert bool(connector.steps) == (place == "personal")
    connector.broken_rules.clear()  # the SDK's stream does not keep Teams' pace (microsoft/teams.py#452)


async def test_an_agent_remembers_what_was_said(connector: Connector, model: ModelServer):
    model.answers("Ahoy, Ada.")
    model.answers("Ada.")
    async with guide(minimal.agent, connector) as bot:
        await bot.personal().ask("I am Ada.")
        await bot.personal().ask("Who am I?")

    assert model.messages() == [("user", "I am Ada."), ("assistant", "Ahoy, Ada."), ("user", "Who am I?")]


@pytest.mark.parametrize("handler", [minimal.full, minimal.streamed, minimal.agent])
async def test_the_demo_model_answers_without_a_key(
    connector: Connector, monkeypatch: pytest.MonkeyPatch, handler: Handler
):
    monkeypatch.setattr(minimal, "MODEL", None)
    async with guide(handler, connector) as bot:
        assert "I'm only a demo model" in await bot.personal().ask("Ahoy")
    connector.broken_rules.clear()
