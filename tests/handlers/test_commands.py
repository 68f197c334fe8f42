"""The commands, which the bot answers without the model."""

import pytest

from doubles.bot import Bot, Conversation
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.handlers.commands import COMMANDS
from parley.language import localizer_for

LIST = {
    "personal": [f"`/{name}`" for name in COMMANDS],
    "group": [f"`@Parley /{name}`" for name in COMMANDS],
    "channel": [f"`@Parley /{name}`" for name in COMMANDS],
}

PLACES = pytest.mark.parametrize("place", ["personal", "group", "channel"])


def own(connector: Connector, conversation: Conversation, *, name: str = "Ada", role: str = "owner") -> None:
    """Have a user in the roster of a conversation, by default as its owner."""
    id = conversation.account["id"].partition(";")[0]
    connector.rosters[id] = [{"id": f"29:{name}", "name": name, "userRole": role}]


def stored(disk: Disk, conversation_id: str) -> dict[str, int]:
    """The number of rows about a conversation, by table."""
    tables = [table["name"] for table in disk.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: len(disk.rows(f"SELECT 1 FROM {table} WHERE conversation_id = ?", conversation_id))
        for table in tables
        if any(column["name"] == "conversation_id" for column in disk.rows(f"PRAGMA table_info({table})"))
    }


class TestNew:
    @PLACES
    async def test_hides_earlier_messages_from_the_model(self, bot: Bot, model: ModelServer, place: str):
        conversation = getattr(bot, place)()
        await conversation.ask("My name is Ada.")

        assert await conversation.ask("/new") == line("new-conversation")

        await conversation.ask("What is my name?")
        assert [content for role, content in model.messages() if role == "user"] in (
            ["What is my name?"],
            ["Ada Lovelace: What is my name?"],
        )

    async def test_does_not_change_other_conversations(self, bot: Bot, model: ModelServer):
        other = bot.personal("personal-2")
        await other.ask("My name is Bo.")

        await bot.personal().ask("/new")

        await other.ask("What is my name?")
        assert ("user", "My name is Bo.") in model.messages()

    async def test_keeps_later_messages(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        await conversation.ask("One")
        await conversation.ask("/new")
        await conversation.ask("Two")

        await conversation.ask("Three")

        assert [content for role, content in model.messages() if role == "user"] == ["Two", "Three"]

    async def test_offers_the_starters_again(self, bot: Bot, connector: Connector):
        await bot.personal().ask("/new")
        await bot.group().ask("/new")

        assert [len(message.choices) for message in connector.messages] == [3, 0]

    async def test_may_end_with_a_full_stop(self, bot: Bot, model: ModelServer):
        assert await bot.personal().ask("/new.") == line("new-conversation")
        assert model.requests == []


class TestHelp:
    @PLACES
    @pytest.mark.parametrize(
        "words", ["/help", "help", " /HELP ", "/help me please", "/help?", "/help, please", "/help!!!", "/help…"]
    )
    async def test_lists_the_commands(self, bot: Bot, model: ModelServer, place: str, words: str):
        answer = await getattr(bot, place)().ask(words)

        assert all(command in answer for command in LIST[place])
        assert model.requests == []

    @PLACES
    async def test_gives_examples(self, bot: Bot, place: str):
        answer = await getattr(bot, place)().ask("/help")

        assert f"- *{'' if place == 'personal' else '@Parley '}{line('starter-ideas')}*" in answer

    async def test_is_in_the_language_of_the_user(self, bot: Bot, connector: Connector):
        await bot.post(bot.personal().message("/help") | {"locale": "fr-FR"})

        assert localizer_for("fr")("command-new") in connector.messages[0].text


class TestUnknownCommand:
    @pytest.mark.parametrize("words", ["/nwe", "/nwe!", "/nwe...", "/nwe, please", "/new-start."])
    async def test_gets_the_list(self, bot: Bot, model: ModelServer, words: str):
        answer = await bot.personal().ask(words)

        assert answer.startswith(line("unknown-command"))
        assert all(command in answer for command in LIST["personal"])
        assert model.requests == []

    @pytest.mark.parametrize(
        "words",
        [
            "/etc/passwd is what?",
            "/my-files/new is what?",
            "/new.sh is what?",
            "/n.*w/ matches what?",
            "/ 2",
            "new shoes",
            "What is /new?",
            "/2",
        ],
    )
    async def test_does_not_include_text_that_only_looks_like_one(self, bot: Bot, model: ModelServer, words: str):
        await bot.personal().ask(words)

        assert model.messages()[-1] == ("user", words)


class TestForget:
    async def test_asks_before_it_deletes_anything(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        await conversation.ask("My name is Ada.")

        await conversation.send("/forget")

        asked = connector.messages[-1]
        assert asked.text == line("confirm-forget", command="/forget yes")
        assert asked.choices == [line("delete-my-data"), line("keep-my-data")]
        await conversation.ask("What is my name?")
        assert ("user", "My name is Ada.") in model.messages()

    @PLACES
    async def test_deletes_everything_after_confirmation(
        self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk, place: str
    ):
        conversation = getattr(bot, place)()
        own(connector, conversation)
        await conversation.install()
        await conversation.ask("My name is Ada.")
        await conversation.ask("/forget")

        assert await conversation.ask("/forget yes") == line("forgotten")

        left = stored(disk, conversation.account["id"])
        assert left.pop("turns") == 1  # of the confirmation itself
        assert set(left.values()) == {0}
        await conversation.ask("What is my name?")
        assert "My name is Ada." not in str(model.messages())

    async def test_leaves_no_text_on_the_disk(self, bot: Bot, disk: Disk):
        conversation = bot.personal()
        await conversation.ask("My name is Ada. " * 1_000)

        await conversation.ask("/forget yes")

        await conversation.ask("What is my name?")
        files = disk.files()
        assert any(b"What is my name?" in content for content in files.values())
        assert [name for name, content in files.items() if b"Ada." in content] == []

    @pytest.mark.parametrize("locale", ["en-US", "de-DE", "ja-JP"])
    async def test_is_confirmed_by_a_click(self, bot: Bot, connector: Connector, model: ModelServer, locale: str):
        localize = localizer_for(locale)
        for text in ("My name is Ada.", localize("keep-my-data"), "Who am I?", localize("delete-my-data"), "Who am I?"):
            await bot.post(bot.personal().message(text) | {"locale": locale})

        assert [message.text for message in connector.messages[1::2]] == [localize("kept"), localize("forgotten")]
        assert ("user", "My name is Ada.") not in model.messages()
        assert len(model.requests) == 3

    @pytest.mark.parametrize("words", ["/forget no", "forget no", "/Forget No."])
    async def test_may_be_refused_in_any_spelling(self, bot: Bot, model: ModelServer, words: str):
        assert await bot.personal().ask(words) == line("kept")
        assert model.requests == []

    @pytest.mark.parametrize("words", ["/FORGET YES", "forget yes", "/forget\u00a0yes", "/forget yes."])
    async def test_may_be_confirmed_in_any_spelling(self, bot: Bot, model: ModelServer, words: str):
        assert await bot.personal().ask(words) == line("forgotten")
        assert model.requests == []

    async def test_does_not_change_other_conversations(self, bot: Bot, model: ModelServer):
        other = bot.personal("personal-2")
        await other.ask("My name is Bo.")

        await bot.personal().ask("/forget yes")

        await other.ask("What is my name?")
        assert ("user", "My name is Bo.") in model.messages()

    @pytest.mark.parametrize("place", ["group", "channel"])
    async def test_in_a_group_deletes_the_user_s_own_words(
        self, bot: Bot, connector: Connector, model: ModelServer, place: str
    ):
        conversation = getattr(bot, place)()
        own(connector, conversation, name="Grace")
        await conversation.ask("My name is Ada.")
        await conversation.ask("My name is Bo.", by="Bo Diddley")

        assert await conversation.ask("/forget") == line("confirm-forget-own", command="@Parley /forget yes")
        assert await conversation.ask("/forget yes") == line("forgotten-own")

        await conversation.ask("What is my name?", by="Bo Diddley")
        said = str(model.messages())
        assert "My name is Bo." in said and "My name is Ada." not in said

    async def test_is_whole_only_for_whom_teams_calls_an_owner(self, bot: Bot, connector: Connector):
        """Teams may not tell, or know no owner of a chat."""
        conversation = bot.group()
        assert await conversation.ask("/forget yes") == line("forgotten-own")
        own(connector, conversation, role="user")
        assert await conversation.ask("/forget yes") == line("forgotten-own")
        own(connector, conversation)
        assert await conversation.ask("/forget yes") == line("forgotten")

    async def test_of_a_user_deletes_the_feedback_with_it(self, bot: Bot, connector: Connector, disk: Disk):
        conversation = bot.group()
        for asking, clicking in (("Ada", "Bo"), ("Bo", "Ada"), ("Bo", "Cy")):
            await conversation.ask("Hi", by=asking)
            await conversation.click(connector.bubbles(conversation.account["id"])[-1].id, by=clicking)

        await conversation.ask("/forget yes", by="Ada")

        [left] = disk.rows("SELECT asked_by, user_name FROM feedback")
        assert left == {"asked_by": "Bo", "user_name": "Cy"}

    async def test_asks_a_group_without_suggested_actions(self, bot: Bot, connector: Connector):
        await bot.group().ask("/forget")

        assert connector.messages[-1].choices == []


async def test_no_command_has_the_ai_label(bot: Bot, connector: Connector):
    for command in COMMANDS:
        await bot.personal().ask(f"/{command}")

    assert not any(message.has_ai_label for message in connector.messages)


async def test_a_command_is_not_part_of_the_conversation(bot: Bot, model: ModelServer):
    conversation = bot.personal()
    await conversation.ask("/help")

    await conversation.ask("Hi")

    assert [content for role, content in model.messages() if role == "user"] == ["Hi"]
