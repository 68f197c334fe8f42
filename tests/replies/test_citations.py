"""Citations of an answer: the sources that its tools return, by their numbers."""

from typing import Any

import pytest
from microsoft_teams.ai import Function

from doubles.bot import Bot
from doubles.connector import Connector
from doubles.model_server import ModelServer
from parley.markdown.split import LONGEST
from parley.tools import tool
from parley.tools.sources import Source, ToolResult

SEARCH = ("1", "search", "{}")


class Search:
    """A tool that returns the sources of the test."""

    def __init__(self) -> None:
        self.found: list[Source] = [source(1), source(2)]

        @tool
        async def search() -> ToolResult:
            """Searches."""
            return ToolResult("Found.", self.found)

        self.tool = search


def source(number: int, *, title: str | None = None, abstract: str = "") -> Source:
    return Source(title or f"Page {number}", f"https://docs.example/{number}", abstract)


@pytest.fixture
def search() -> Search:
    return Search()


@pytest.fixture
def tools(search: Search) -> list[Function[Any]]:
    return [search.tool]


def cited(connector: Connector) -> list[list[int]]:
    """Return the numbers that each message cites."""
    return [list(message.citations) for message in connector.messages]


class TestCitations:
    async def test_are_the_sources_that_the_answer_cites(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(SEARCH)
        model.answers("It is ", "so [", "2].")

        assert await bot.personal().ask("Is it so?") == "It is so [2]."

        [message] = connector.messages
        assert message.has_ai_label
        assert message.citations[2] | {"name": "Page 2", "url": "https://docs.example/2"} == message.citations[2]
        assert list(message.citations) == [2]
        assert not any(step.claims for step in connector.steps)

    async def test_may_follow_an_exclamation_mark(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(SEARCH)
        model.answers("Great news![1] And more![2]")

        await bot.personal().ask("Is it so?")

        assert cited(connector) == [[1, 2]]

    async def test_are_shown_in_a_group_as_well(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(SEARCH)
        model.answers("So [1][2].")

        await bot.group().ask("Is it so?")

        assert cited(connector) == [[1, 2]]

    async def test_have_numbers_that_the_model_knows(self, bot: Bot, model: ModelServer):
        model.calls(SEARCH)

        await bot.personal().ask("Is it so?")

        role, result = model.messages()[-1]
        assert role == "tool" and result.startswith("Found.\n")
        assert "[1] Page 1 (https://docs.example/1)\n[2] Page 2 (https://docs.example/2)" in result

    async def test_keep_the_number_of_a_source_for_the_turn(
        self, bot: Bot, connector: Connector, model: ModelServer, search: Search
    ):
        search.found = [source(7), source(8), source(7)]
        model.calls(SEARCH, ("2", "search", "{}"))
        model.answers("One [1], another [2], none [3].")

        await bot.personal().ask("Is it so?")

        urls = [appearance["url"] for appearance in connector.messages[0].citations.values()]
        assert urls == ["https://docs.example/7", "https://docs.example/8"]
        assert "[3]" not in model.messages()[-1][1]

    async def test_of_one_question_do_not_appear_in_the_next(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(SEARCH)
        model.answers("So [1].")
        model.answers("As I said [1].")

        await bot.personal().ask("Is it so?")
        await bot.personal().ask("Is it so?")

        assert cited(connector) == [[1], []]

    @pytest.mark.parametrize(
        "text",
        [
            "`a[1]`",
            "```\na[1]\n```",
            "~~~\na[1]\n~~~",
            "```\na[1]",
            "```\n~~~\na[1]\n```",
            "- ```\n  a ```\n  a[1]\n  ```",
            "`` ` a[1] ``",
            r"\[1]",
            r"\\\[1]",
            "[1](https://x.example)",
            "[0] [3] [01] []",
        ],
    )
    async def test_do_not_include_other_numbers_in_brackets(
        self, bot: Bot, connector: Connector, model: ModelServer, text: str
    ):
        model.calls(SEARCH)
        model.answers(f"So [2].\n\n{text}")

        await bot.personal().ask("Is it so?")

        assert cited(connector) == [[2]]

    @pytest.mark.parametrize(
        "text",
        [
            "`x` [1] `y`",
            "As in [1]: so",
            "[1]",
            "**[1]**",
            "| a | [1] |\n|---|---|",
            "So.[1]\n",
            "```\nx\n```\n[1]",
            "Type ``` to begin a block, see [1].",
            "Strike ~~~ is not Markdown [1].",
            "`` ` `` [1] ` and [1]",
            "> ~~~\n> ```\n> ~~~\n\n[1] ```",
            "```\na ```\n```\n[1]",
            r"C:\\[1]",
        ],
    )
    async def test_may_appear_anywhere_else(self, bot: Bot, connector: Connector, model: ModelServer, text: str):
        model.calls(SEARCH)
        model.answers(text)

        await bot.personal().ask("Is it so?")

        assert cited(connector) == [[1]]

    async def test_are_shortened_to_the_limits_of_teams(
        self, bot: Bot, connector: Connector, model: ModelServer, search: Search
    ):
        search.found = [
            source(1, title="The\nlong " + "🏴" * 100, abstract="Very " + "long " * 100),
            source(2, title=" "),
        ]
        model.calls(SEARCH)
        model.answers("So [1] [2].")

        await bot.personal().ask("Is it so?")

        [message] = connector.messages
        name, abstract = message.citations[1]["name"], message.citations[1]["abstract"]
        assert name.startswith("The long 🏴") and name.endswith("🏴…") and len(name.encode("utf-16-le")) in (158, 160)
        assert abstract.startswith("Very long long") and abstract.endswith("long…")
        assert message.citations[2]["name"] == "https://docs.example/2"

    async def test_are_limited_to_the_first_twenty(
        self, bot: Bot, connector: Connector, model: ModelServer, search: Search
    ):
        search.found = [source(number) for number in range(1, 31)]
        model.calls(SEARCH)
        model.answers(" ".join(f"So [{number}]." for number in reversed(range(1, 31))))

        await bot.personal().ask("Is it so?")

        assert cited(connector) == [list(range(30, 10, -1))]

    async def test_are_sent_with_the_part_that_cites_them(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(SEARCH)
        model.answers(f"First [2]. {'word ' * (LONGEST // 10)}\n\nThen [1].")

        await bot.personal().send("Tell me much.")

        assert cited(connector) == [[2], [1]]

    async def test_are_absent_from_lines_of_the_bot(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(SEARCH)
        model.refuses(401, "invalid_api_key")

        await bot.personal().ask("Is it so?")

        assert cited(connector) == [[]]


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "docs.example", "https://", "https://a b", ""]
)
def test_a_source_has_a_web_address(url: str):
    with pytest.raises(ValueError, match="begins with http"):
        Source("Page", url)
