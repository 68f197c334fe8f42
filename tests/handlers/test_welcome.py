"""The bot is installed; what does it say?"""

from collections.abc import AsyncIterator

import pytest

from doubles.bot import BOT_ID, Bot, joining, run_bot
from doubles.connector import Connector
from doubles.key_server import token_for
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.handlers.roster import first_name
from parley.language import Localizer, localizer_for


def hello(localize: Localizer = line, name: str | None = "Ada") -> str:
    """The welcome message for a user."""
    greeting = localize("hello-by-name", name=name) if name else localize("hello")
    return localize("welcome", hello=greeting, name="Parley")


class TestHello:
    async def test_is_sent_once_though_teams_announces_it_twice(self, bot: Bot, connector: Connector):
        responses = await bot.personal().install()

        assert [response.status_code for response in responses] == [200, 200]
        assert [message.text for message in connector.messages] == [hello()]

    async def test_offers_starters_in_a_personal_chat(self, bot: Bot, connector: Connector):
        await bot.personal().install()

        [sent] = connector.messages
        assert sent.choices == [line(starter) for starter in ("starter-abilities", "starter-draft", "starter-ideas")]
        assert sent.activity["suggestedActions"]["to"] == [bot.personal().message("")["from"]["id"]]

    async def test_has_the_first_name_that_the_roster_tells(self, bot: Bot, connector: Connector):
        """Teams names no user when it announces an installation."""
        about = bot.personal().message("") | {"type": "installationUpdate", "action": "add"}
        about["from"] = {"id": "29:ada"}
        connector.rosters["personal-1"] = [{"id": "29:ada", "name": "Countess of Lovelace", "givenName": "Ada"}]

        await bot.post(about)

        assert [message.text for message in connector.messages] == [hello()]

    async def test_has_no_name_if_nobody_tells_it(self, bot: Bot, connector: Connector):
        about = bot.personal().message("") | {"type": "installationUpdate", "action": "add"}
        about["from"] = {"id": "29:ada"}

        await bot.post(about)

        assert [message.text for message in connector.messages] == [hello(name=None)]

    @pytest.mark.parametrize("place", ["group", "channel"])
    async def test_tells_a_group_how_to_mention_the_bot(self, bot: Bot, connector: Connector, place: str):
        await (bot.group() if place == "group" else bot.channel()).install()

        [sent] = connector.messages
        assert "@Parley" in sent.text and sent.choices == []

    async def test_tells_a_group_the_name_of_the_bot(self, bot: Bot, connector: Connector):
        about = bot.group().message("") | {"type": "installationUpdate", "action": "add"}

        await bot.post(about | {"recipient": {"id": BOT_ID, "name": "Helper"}})

        [sent] = connector.messages
        assert sent.text == line("welcome-group", name="Helper")

    async def test_is_in_the_language_of_the_installer(self, bot: Bot, connector: Connector):
        await bot.personal().install(locale="de-DE")

        assert [message.text for message in connector.messages] == [hello(localizer_for("de"))]

    async def test_does_not_call_the_model(self, bot: Bot, model: ModelServer):
        await bot.personal().install()

        assert model.requests == []

    async def test_has_no_ai_label(self, bot: Bot, connector: Connector):
        await bot.personal().install()

        assert not connector.messages[0].has_ai_label

    async def test_is_sent_at_the_next_announcement_if_teams_refused(
        self, guarded_environment: dict[str, str], connector: Connector
    ):
        connector.refuse_next(403, "BotNotInConversationRoster", "not yet", type="message")
        async with run_bot(guarded_environment, connector) as bot:
            await bot.personal().install(token=token_for(bot))

            await bot.personal().install(token=token_for(bot))

        assert [message.text for message in connector.messages] == [hello()]

    async def test_is_sent_anew_to_a_client_without_a_memory(self, bot: Bot, connector: Connector):
        """The Playground has the same conversations at each start. It needs no token, Teams does."""
        await bot.personal().install()
        await bot.personal().ask("My name is Ada.")
        await bot.personal().install()

        assert [message.text for message in connector.messages] == [hello(), "OK.", hello()]

    async def test_is_sent_anew_when_the_bot_needs_tokens_no_more(
        self, environment: dict[str, str], guarded_environment: dict[str, str], connector: Connector
    ):
        unguarded = environment | {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"}
        async with run_bot(guarded_environment, connector) as bot:
            await bot.personal().install(token=token_for(bot))

        async with run_bot(unguarded, connector) as bot:
            await bot.personal().install()

        assert len(connector.messages) == 2


class TestHelloOfTheDemoModel:
    @pytest.fixture
    async def demo(self, environment: dict[str, str], connector: Connector) -> AsyncIterator[Bot]:
        without = {name: value for name, value in environment.items() if not name.startswith("OPENAI_")}
        async with run_bot(without, connector) as bot:
            yield bot

    async def test_says_so_and_offers_what_it_can_do(self, demo: Bot, connector: Connector):
        await demo.personal().install()

        [sent] = connector.messages
        assert sent.text == line("welcome-demo", hello=line("hello-by-name", name="Ada"), name="Parley")
        assert sent.choices == [line(starter) for starter in ("starter-story", "starter-table", "starter-connect")]

    async def test_says_so_in_a_group(self, demo: Bot, connector: Connector):
        await demo.group().install()

        assert [message.text for message in connector.messages] == [line("welcome-group-demo", name="Parley")]

    async def test_goes_on_below_what_the_model_cannot_do(self, demo: Bot, connector: Connector):
        await demo.personal().ask("What is the capital of France?")
        await demo.group().ask("What is the capital of France?")

        assert [message.choices for message in connector.messages] == [
            [line(starter) for starter in ("starter-story", "starter-table", "starter-connect")],
            [],
        ]

    async def test_leaves_a_formatted_answer_alone(self, demo: Bot, connector: Connector):
        """The Playground shows no Markdown beside suggested actions."""
        await demo.personal().ask(line("starter-table"))

        assert [message.choices for message in connector.messages] == [[]]

    async def test_stays_away_from_an_answer_in_place(self, demo: Bot, connector: Connector):
        question = demo.personal().message("What is the capital of France?")
        await demo.post(question)

        await demo.personal().edit(question, "Show me a table")

        [bubble] = connector.bubbles("personal-1")
        assert bubble.text.startswith("Three ways")


class TestNobodyIsGreeted:
    async def test_again_by_another_installation(self, guarded_environment: dict[str, str], connector: Connector):
        async with run_bot(guarded_environment, connector) as bot:
            await bot.personal().install(token=token_for(bot))
            await bot.personal().install(token=token_for(bot))

        assert len(connector.messages) == 1

    @pytest.mark.parametrize("action", ["upgrade", "add-upgrade", "remove"])
    async def test_on_upgrades_and_removals(self, bot: Bot, connector: Connector, action: str):
        responses = await bot.personal().install(action=action)

        assert {response.status_code for response in responses} == {200}
        assert connector.messages == []

    async def test_when_somebody_joins(self, bot: Bot, connector: Connector):
        await bot.post(joining(bot))

        assert connector.messages == []

    async def test_again_after_a_restart(self, guarded_environment: dict[str, str], connector: Connector):
        short = guarded_environment | {"TURN_RETENTION": "0.1"}
        for _ in range(2):
            async with run_bot(short, connector) as bot:
                await bot.personal().install(token=token_for(bot))

        assert len(connector.messages) == 1

    async def test_but_each_conversation_is_welcomed(self, bot: Bot, connector: Connector):
        await bot.personal("personal-1").install()
        await bot.personal("personal-2").install()

        assert [message.conversation_id for message in connector.messages] == ["personal-1", "personal-2"]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ada Lovelace", "Ada"),
        ("Lovelace, Ada", "Ada"),
        ("Jean-Luc O'Neill (Guest)", "Jean-Luc"),
        ("王小明", "王小明"),
        ("José", "José"),
        ("", None),
        (" , ", None),
        ("https://evil.example/ x", None),
        ("**Ada**", None),
        ("x" * 41, None),
    ],
)
def test_a_first_name_has_only_letters(name: str, first: str | None):
    assert first_name(name) == first
