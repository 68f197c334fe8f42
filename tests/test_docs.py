"""README and docs: the examples run, the links lead somewhere, and the help texts are up to date."""

import json
import re
import textwrap
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
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}


def blocks(language: str) -> list[str]:
    """The code blocks of that language in all pages, in order."""
    pattern = re.compile(rf"^( *)```{language}\n(.*?)^\1```", re.M | re.S)
    return [textwrap.dedent(block) for text in TEXTS.values() for _, block in pattern.findall(text)]


def example(docstring: str, package: str) -> ModuleType:
    """The block with that docstring, run as a module of a package of the bot."""
    [code] = [block for block in blocks("python") if block.startswith(f'"""{docstring}"""')]
    module = ModuleType(f"{package}.example")
    module.__package__ = package
    exec(compile(code, docstring, "exec"), module.__dict__)
    return module


def test_every_block_of_python_is_run_by_a_test_below():
    begun = [block.splitlines()[0].strip('"') for block in blocks("python")]

    assert begun == ["Thanks for a reaction.", "The tool for prices."]


async def test_the_example_of_a_handler_answers_a_reaction(
    environment: dict[str, str], connector: Connector, monkeypatch: pytest.MonkeyPatch
):
    handler = example("Thanks for a reaction.", "parley.handlers")
    [thanks] = re.findall(r"`(thanks = .+?)`", TEXTS[ROOT / "docs/extending.md"])

    def register(app: App, services: Services) -> None:
        register_handlers(app, services)
        handler.register(app, services)

    monkeypatch.setattr("parley.app.register_handlers", register)
    monkeypatch.setattr("parley.language.localizer.open_catalogue", lambda tag: Catalogue(tag, thanks))
    async with run_bot(environment, connector) as bot:
        reaction = bot.personal().message("") | {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]}
        response = await bot.post(reaction)

    assert response.status_code == 200
    assert [message.text for message in connector.messages] == ["Thank you."]


async def test_the_example_of_a_tool_returns_a_price_and_its_source(
    environment: dict[str, str], connector: Connector, model: ModelServer
):
    price = example("The tool for prices.", "parley.tools").price
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


def test_the_readme_fits_on_a_few_screens():
    assert len(TEXTS[ROOT / "README.md"].splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_to_a_file_leads_somewhere(page: Path):
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]) if "://" not in target]

    assert [target for target in targets if not leads_somewhere(page, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    """True if the file exists, and the heading if the link names one."""
    name, _, heading = target.partition("#")
    path = (page.parent / name) if name else page
    if not heading or not path.is_file():
        return path.exists()
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return heading in [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings]


def test_each_file_in_the_text_of_architecture_exists():
    names = re.findall(r"`((?:\w+/)+\w+\.py|\w+\.py)`", TEXTS[ROOT / "docs/architecture.md"])

    assert names
    assert [name for name in names if not (ROOT / "src/parley" / name).is_file() and not (ROOT / name).is_file()] == []
