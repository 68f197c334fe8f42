"""The code in README and docs: each block of Python runs, each block of JSON can be read."""

import inspect
import json
import re
from pathlib import Path
from types import ModuleType

import httpx
from fastapi import FastAPI
from microsoft_teams.apps import App, FastAPIAdapter

from doubles.bot import Bot
from doubles.connector import Connector
from doubles.server import serving
from parley.sources import Sourced
from parley.tools import ToolContext

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[str]:
    """The code blocks of that language in all pages, in their order."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    return [block for text in texts for block in re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)]


def example(docstring: str, package: str) -> ModuleType:
    """The block with that docstring, run as a module of a package of the bot."""
    [code] = [block for block in blocks("python") if block.startswith(f'"""{docstring}"""')]
    module = ModuleType(f"{package}.example")
    module.__package__ = package
    exec(compile(code, docstring, "exec"), module.__dict__)
    return module


def test_every_block_of_python_is_run_by_a_test_below():
    begun = [block.splitlines()[0].strip('"') for block in blocks("python")]

    assert begun == ["Somebody reacts to an answer.", "What things cost."]


async def test_the_handler_of_the_readme_answers_a_reaction(connector: Connector):
    server = FastAPI()
    app = App(dangerously_allow_unauthenticated_requests=True, http_server_adapter=FastAPIAdapter(server))
    example("Somebody reacts to an answer.", "parley.handlers").register(app, None)
    await app.initialize()
    async with serving(server) as url, httpx.AsyncClient(timeout=30) as http:
        bot = Bot(url, connector, http)
        reaction = bot.personal().message("") | {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]}
        response = await bot.post(reaction)
    await app.http_client.http.aclose()

    assert response.status_code == 200
    assert [message.text for message in connector.messages] == ["Thank you!"]


async def test_the_tool_of_the_readme_names_price_and_source():
    price = example("What things cost.", "parley.tools").price

    found = price.function(ToolContext(locale="en-US"), "4711")
    assert inspect.isawaitable(found)
    told = await found

    assert isinstance(told, Sourced)
    assert "Price of article 4711: 12.50." in told.text and told.sources[0].title == "Price list"


def test_every_block_of_json_can_be_read():
    assert blocks("json")
    for block in blocks("json"):
        json.loads(block)
