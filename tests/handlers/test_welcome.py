"""The bot is installed; what does it say?"""

import pytest

from doubles.bot import BOT_ID, Bot, joining, run_bot
from doubles.connector import Connector
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.language import localizer_for


class TestHello:
    async def test_is_sent_once_though_teams_announces_it_twice(self, bot: Bot, connector: Connector):
        responses = await bot.personal().install()

        assert [response.status_code for response in responses] == [200, 200]
        assert [message.text for message in connector.messages] == [line("welcome")]

    async def test_offers_starters_in_a_personal_chat(self, bot: Bot, connector: Connector):
        await bot.personal().install()

        [hello] = connector.messages
        assert hello.choices == [line(starter) for starter in ("starter-abilities", "starter-draft", "starter-ideas")]
        assert hello.activity["suggestedActions"]["to"] == [bot.personal().message("")["from"]["id"]]

    @pytest.mark.parametrize("place", ["group", "channel"])
    async def test_tells_a_group_how_to_mention_the_bot(self, bot: Bot, connector: Connector, place: str):
        await (bot.group() if place == "group" else bot.channel()).install()

        [hello] = connector.messages
        assert "@Parley" in hello.text and hello.choices == []

    async def test_tells_a_group_the_name_of_the_bot(self, bot: Bot, connector: Connector):
        about = bot.group().message("") | {"type": "installationUpdate", "action": "add"}

        await bot.post(about | {"recipient": {"id": BOT_ID, "name": "Helper"}})

        [hello] = connector.messages
        assert hello.text == line("welcome-group", name="Helper")

    async def test_is_in_the_language_of_the_installer(self, bot: Bot, connector: Connector):
        await bot.personal().install(locale="de-DE")

        assert [message.text for message in connector.messages] == [localizer_for("de")("welcome")]

    async def test_does_not_call_the_model(self, bot: Bot, model: ModelServer):
        await bot.personal().install()

        assert model.requests == []

    async def test_has_no_ai_label(self, bot: Bot, connector: Connector):
        await bot.personal().install()

        assert not connector.messages[0].has_ai_label

    async def test_is_sent_at_the_next_announcement_if_teams_refused(self, bot: Bot, connector: Connector):
        connector.refuse_next(403, "BotNotInConversationRoster", "not yet", type="message")
        await bot.personal().install()

        await bot.personal().install()

        assert [message.text for message in connector.messages] == [line("welcome")]


class TestNobodyIsGreeted:
    async def test_again_by_another_installation(self, bot: Bot, connector: Connector):
        await bot.personal().install()
        await bot.personal().install()

        assert len(connector.messages) == 1

    @pytest.mark.parametrize("action", ["upgrade", "add-upgrade", "remove"])
    async def test_on_upgrades_and_removals(self, bot: Bot, connector: Connector, action: str):
        responses = await bot.personal().install(action=action)

        assert {response.status_code for response in responses} == {200}
        assert connector.messages == []

    async def test_when_somebody_joins(self, bot: Bot, connector: Connector):
        await bot.post(joining(bot))

        assert connector.messages == []

    async def test_again_after_a_restart(self, environment: dict[str, str], connector: Connector):
        short = environment | {"TURN_RETENTION": "0.1"}
        async with run_bot(short, connector) as bot:
            await bot.personal().install()

        async with run_bot(short, connector) as bot:
            await bot.personal().install()

        assert len(connector.messages) == 1

    async def test_but_each_conversation_is_welcomed(self, bot: Bot, connector: Connector):
        await bot.personal("personal-1").install()
        await bot.personal("personal-2").install()

        assert [message.conversation_id for message in connector.messages] == ["personal-1", "personal-2"]
