"""A person quotes a message; what is the model shown of it?"""

from typing import Any

import pytest

from doubles.bot import BOT_ID, Bot
from doubles.connector import Connector
from doubles.model_server import ModelServer

BLOCKQUOTE = (
    '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="{id}">'
    '<strong itemprop="mri" itemid="8:orgid:1">{author}</strong><span itemprop="time" itemid="1"></span>'
    '<p itemprop="{part}">{text}</p></blockquote><p>{words}</p>'
)


def quoting(message: dict[str, Any], text: str, *, id: str = "1", author: str | None = "Grace Hopper") -> None:
    """Let a message quote another one, as Teams tells it today."""
    data = {"messageId": id, "preview": text} | ({"senderName": author} if author else {})
    message["entities"].append({"type": "quotedReply", "quotedReply": data})
    message["text"] = f'<quoted messageId="{id}"/> {message["text"]}'


def quoting_in_html(message: dict[str, Any], text: str, *, part: str = "preview") -> None:
    """Let a message quote another one, as clients tell it that know of no entity for that."""
    html = BLOCKQUOTE.format(id="1", author="Grace Hopper", part=part, text=text, words=message["text"])
    message["attachments"] = [{"contentType": "text/html", "content": html}]


class TestQuote:
    async def test_is_shown_to_the_model_with_its_author(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Is that true?")
        quoting(message, "The deadline is Friday.")

        await bot.post(message)

        asked = "In reply to what Grace Hopper wrote:\n> The deadline is Friday.\n\nIs that true?"
        assert model.messages()[-1] == ("user", asked)

    async def test_in_a_group_stands_behind_the_name_of_who_quotes(self, bot: Bot, model: ModelServer):
        message = bot.group().message("<at>Parley</at> Is that true?", mentions={"Parley": BOT_ID})
        quoting(message, "Friday.")

        await bot.post(message)

        asked = "Ada Lovelace: In reply to what Grace Hopper wrote:\n> Friday.\n\nIs that true?"
        assert model.messages()[-1] == ("user", asked)

    async def test_of_an_answer_is_shown_whole_though_teams_cuts_it(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        model.answers("First do this.\nThen do that, and much more.")
        await conversation.ask("How?")
        await conversation.ask("/new")
        message = conversation.message("Why?")
        quoting(message, "First do th…", id=connector.bubbles()[0].id, author="Parley")

        await bot.post(message)

        asked = "In reply to what Parley wrote:\n> First do this.\n> Then do that, and much more.\n\nWhy?"
        assert model.messages()[-1] == ("user", asked)

    @pytest.mark.parametrize("part", ["preview", "copy"])
    async def test_that_only_the_html_of_the_message_tells_of_is_found_there(
        self, bot: Bot, model: ModelServer, part: str
    ):
        message = bot.personal().message("Is that true?")
        quoting_in_html(message, "Friday &amp; no <b>later</b>.<br>Really.", part=part)

        await bot.post(message)

        asked = "In reply to what Grace Hopper wrote:\n> Friday & no later.\n> Really.\n\nIs that true?"
        assert model.messages()[-1] == ("user", asked)

    async def test_without_an_author_is_somebodys(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Why?")
        quoting(message, "Friday.", author=None)

        await bot.post(message)

        assert model.messages()[-1][1].startswith("In reply to what somebody wrote:\n> Friday.")

    async def test_alone_is_a_question(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("")
        quoting(message, "Friday.")

        await bot.post(message)

        assert model.messages()[-1] == ("user", "In reply to what Grace Hopper wrote:\n> Friday.")

    async def test_does_not_keep_a_command_from_being_one(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("/help")
        quoting(message, "Friday.")

        await bot.post(message)

        assert model.requests == []

    async def test_of_a_deleted_message_is_none(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Why?")
        quoting(message, "")

        await bot.post(message)

        assert model.messages()[-1] == ("user", "Why?")

    async def test_of_several_messages_are_shown_in_their_order(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Which?")
        quoting(message, "Friday.", id="1")
        quoting(message, "Monday.", id="2", author="Alan Turing")

        await bot.post(message)

        asked = model.messages()[-1][1]
        assert asked.index("Friday.") < asked.index("Monday.") < asked.index("Which?")
