"""The code in README and docs: Python runs, JSON can be read, and what commands print is what they print now."""

import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from microsoft_teams.apps import App

from doubles.bot import run_bot
from doubles.connector import Connector
from doubles.model_server import ModelServer
from parley.__main__ import main
from parley.handlers import Services, register_handlers
from parley.language.catalogue import Catalogue

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
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


async def test_the_handler_of_the_readme_answers_a_reaction(
    environment: dict[str, str], connector: Connector, monkeypatch: pytest.MonkeyPatch
):
    handler = example("Somebody reacts to an answer.", "parley.handlers")
    [thanks] = re.findall(r"^`(thanks = .+?)`", README, re.MULTILINE)

    def register(app: App, services: Services) -> None:
        register_handlers(app, services)
        handler.register(app, services)

    monkeypatch.setattr("parley.app.register_handlers", register)
    monkeypatch.setattr("parley.language.language.open_catalogue", lambda tag: Catalogue(tag, thanks))
    async with run_bot(environment, connector) as bot:
        reaction = bot.personal().message("") | {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]}
        response = await bot.post(reaction)

    assert response.status_code == 200
    assert [message.text for message in connector.messages] == ["Thank you."]


async def test_the_tool_of_the_readme_tells_a_price_and_its_source(
    environment: dict[str, str], connector: Connector, model: ModelServer
):
    price = example("What things cost.", "parley.tools").price
    model.calls(("1", price.name, '{"article": "4711"}'))
    model.answers("It costs $12.50 [1].")

    async with run_bot(environment, connector, tools=[price]) as bot:
        answer = await bot.personal().ask("What does 4711 cost?")

    assert "Price of article 4711: 12.50." in model.messages()[-1][1]
    assert answer == "It costs $12.50 [1]."
    assert [source["name"] for source in connector.messages[0].citations.values()] == ["Price list"]


def test_a_help_text_is_what_the_command_prints(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = [block.split("\n", 1) for block in blocks("console")]

    assert shown
    for command, text in shown:
        prompt, program, *arguments = command.split()
        with pytest.raises(SystemExit):
            main(arguments)
        assert (prompt, program, arguments[-1]) == ("$", "parley", "--help")
        assert capsys.readouterr().out.split() == text.split()


def test_every_block_of_json_can_be_read():
    assert blocks("json")
    for block in blocks("json"):
        json.loads(block)
