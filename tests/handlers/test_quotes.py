"""The quotes in a message, and the part of them that the model gets."""

from itertools import product
from string import ascii_lowercase
from typing import Any

import pytest

from doubles.bot import BOT_ID, Bot
from doubles.connector import Connector
from doubles.model_server import ModelServer

pytestmark = pytest.mark.usefixtures("mark")

BLOCKQUOTE = (
    '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="{id}">'
    '<strong itemprop="mri" itemid="8:orgid:1">{author}</strong><span itemprop="time" itemid="1"></span>'
    '<p itemprop="{part}">{text}</p></blockquote><p>{words}</p>'
)


def quoting(
    message: dict[str, Any], text: str, *, id: str = "1", author: str | None = "Grace Hopper", **more: Any
) -> None:
    """Let a message quote another one, in an entity."""
    data = {"messageId": id, "preview": text} | ({"senderName": author} if author else {}) | more
    message["entities"].append({"type": "quotedReply", "quotedReply": data})
    message["text"] = f'<quoted messageId="{id}"/> {message["text"]}'


def quoting_in_html(message: dict[str, Any], text: str, *, part: str = "preview") -> None:
    """Let a message quote another one as older clients do, without an entity."""
    html = BLOCKQUOTE.format(id="1", author="Grace Hopper", part=part, text=text, words=message["text"])
    message["attachments"] = [{"contentType": "text/html", "content": html}]


def quoted(model: ModelServer) -> str:
    """The text of the only quote that the model gets."""
    lines = model.messages()[-1][1].splitlines()
    return "\n".join(line.removeprefix("> ") for line in lines if line.startswith("> "))


class TestQuote:
    async def test_reaches_the_model_with_its_author(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Is that true?")
        quoting(message, "The deadline is Friday.")

        await bot.post(message)

        asked = "[quote 0a1b2c3d] In reply to what Grace Hopper wrote:\n> The deadline is Friday.\n\nIs that true?"
        assert model.messages()[-1] == ("user", asked)

    async def test_in_a_group_follows_the_name_of_the_user(self, bot: Bot, model: ModelServer):
        message = bot.group().message("<at>Parley</at> Is that true?", mentions={"Parley": BOT_ID})
        quoting(message, "Friday.")

        await bot.post(message)

        asked = "Ada Lovelace: [quote 0a1b2c3d] In reply to what Grace Hopper wrote:\n> Friday.\n\nIs that true?"
        assert model.messages()[-1] == ("user", asked)

    async def test_of_an_answer_is_whole_though_teams_cuts_it(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        model.answers("First do this.\nThen do that, and much more.")
        await conversation.ask("How?")
        await conversation.ask("/new")
        message = conversation.message("Why?")
        quoting(message, "First do th…", id=connector.bubbles()[0].id, author="Parley")

        await bot.post(message)

        asked = (
            "[quote 0a1b2c3d] In reply to what Parley wrote:\n> First do this.\n> Then do that, and much more.\n\nWhy?"
        )
        assert model.messages()[-1] == ("user", asked)

    async def test_of_an_answer_is_found_though_teams_drops_its_markdown(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        answer = "## First\n\n1. **Open** the [door](https://docs.example/door).\n2. Go `in`.\n\nThen sit down."
        model.answers(answer)
        await bot.personal().ask("How?")
        message = bot.personal().message("Why?")
        quoting(message, "First Open the door. Go i…", id=connector.bubbles()[0].id)

        await bot.post(message)

        assert quoted(model) == answer

    async def test_of_a_long_answer_is_marked_where_it_is_cut(self, bot: Bot, connector: Connector, model: ModelServer):
        model.answers("First. " + "word " * 2000)
        await bot.personal().ask("How?")
        message = bot.personal().message("Why?")
        quoting(message, "First. word wo…", id=connector.bubbles()[0].id)

        await bot.post(message)

        assert quoted(model) == f"First. {'word ' * 1000}"[:4000].rstrip() + " […]"

    async def test_of_a_second_part_is_the_text_that_teams_sends(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.answers("First. " + "word " * 10_000 + "Last of all.")
        await bot.personal().send("How?")
        _, second = connector.bubbles()
        message = bot.personal().message("Why?")
        quoting(message, "word word word Last of all.", id=second.id)

        await bot.post(message)

        assert quoted(model) == "word word word Last of all."

    async def test_of_words_at_the_cut_is_the_text_that_teams_sends(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        words = " ".join(f"{first}{second}word" for first, second in product(ascii_lowercase, repeat=2))
        model.answers(words)
        await bot.personal().ask("How?")
        message = bot.personal().message("Why?")
        quoting(message, f"{words[3900:4200]}…", id=connector.bubbles()[0].id)

        await bot.post(message)

        assert quoted(model) == f"{words[3900:4200]}…"

    async def test_of_an_answer_includes_the_text_before_a_tool_call(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.calls(("1", "current_time", "{}"), words=("I look.",))
        model.answers("It is noon.")
        await bot.personal().ask("When?")
        message = bot.personal().message("Why?")
        quoting(message, "I look.", id=connector.bubbles()[0].id)

        await bot.post(message)

        assert quoted(model) == "I look.\n\nIt is noon."

    async def test_of_a_message_is_cut_where_it_is_long(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Why?")
        quoting(message, "a" * 4001)

        await bot.post(message)

        assert quoted(model) == "a" * 4000 + " […]"

    async def test_of_a_message_that_just_fits_is_whole(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Why?")
        quoting(message, "a" * 4000)

        await bot.post(message)

        assert quoted(model) == "a" * 4000

    async def test_with_a_copy_and_a_preview_is_the_copy(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Is that true?")
        quoting_in_html(message, 'Fri…</p><p itemprop="copy">Friday.')

        await bot.post(message)

        assert quoted(model) == "Friday."

    @pytest.mark.parametrize("html", ["<![<", "<p>Why?</p>", "<blockquote>Friday.</blockquote>", "<", ""])
    async def test_is_absent_where_the_html_has_none(self, bot: Bot, model: ModelServer, html: str):
        message = bot.personal().message("Why?")
        message["attachments"] = [{"contentType": "text/html", "content": html}]

        await bot.post(message)

        assert model.messages()[-1] == ("user", "Why?")

    async def test_is_cut_where_the_html_is_too_long(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Why?")
        quoting_in_html(message, "x<br>" * 120_000)

        await bot.post(message)

        assert quoted(model) == ("x\n" * 2000).rstrip() + " […]"

    @pytest.mark.parametrize("part", ["preview", "copy"])
    async def test_that_is_only_in_the_html_is_found(self, bot: Bot, model: ModelServer, part: str):
        message = bot.personal().message("Is that true?")
        quoting_in_html(message, "Friday &amp; no <b>later</b>.<br>Really.", part=part)

        await bot.post(message)

        asked = (
            "[quote 0a1b2c3d] In reply to what Grace Hopper wrote:\n> Friday & no later.\n> Really.\n\nIs that true?"
        )
        assert model.messages()[-1] == ("user", asked)

    async def test_without_an_author_is_attributed_to_somebody(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Why?")
        quoting(message, "Friday.", author=None)

        await bot.post(message)

        assert model.messages()[-1][1].startswith("[quote 0a1b2c3d] In reply to what somebody wrote:\n> Friday.")

    async def test_alone_is_a_question(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("")
        quoting(message, "Friday.")

        await bot.post(message)

        assert model.messages()[-1] == ("user", "[quote 0a1b2c3d] In reply to what Grace Hopper wrote:\n> Friday.")

    async def test_does_not_hide_a_command(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("/help")
        quoting(message, "Friday.")

        await bot.post(message)

        assert model.requests == []

    @pytest.mark.parametrize(("text", "is_deleted"), [("", None), ("", True), ("Friday.", True)])
    async def test_of_a_deleted_message_is_absent(
        self, bot: Bot, model: ModelServer, text: str, is_deleted: bool | None
    ):
        message = bot.personal().message("Why?")
        quoting(message, text, isReplyDeleted=is_deleted)
        quoting_in_html(message, text)

        await bot.post(message)

        assert model.messages()[-1] == ("user", "Why?")

    async def test_of_several_messages_keeps_their_order(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Which?")
        quoting(message, "Friday.", id="1")
        quoting(message, "Monday.", id="2", author="Alan Turing")

        await bot.post(message)

        asked = model.messages()[-1][1]
        assert asked.index("Friday.") < asked.index("Monday.") < asked.index("Which?")

    async def test_of_many_messages_includes_the_first_five(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Which?")
        for number in range(1, 9):
            quoting(message, f"Day {number}.", id=str(number))

        await bot.post(message)

        assert quoted(model).split() == "Day 1. Day 2. Day 3. Day 4. Day 5.".split()

    async def test_of_several_messages_in_html_includes_each_one(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("Which?")
        quotes = [
            BLOCKQUOTE.format(id=id, author=author, part="preview", text=text, words="")
            for id, author, text in (("1", "Grace Hopper", "Friday."), ("2", "Alan Turing", "Monday."))
        ]
        message["attachments"] = [{"contentType": "text/html", "content": "".join(quotes)}]

        await bot.post(message)

        first = "[quote 0a1b2c3d] In reply to what Grace Hopper wrote:\n> Friday."
        second = "[quote 0a1b2c3d] In reply to what Alan Turing wrote:\n> Monday."
        assert model.messages()[-1] == ("user", f"{first}\n\n{second}\n\nWhich?")
