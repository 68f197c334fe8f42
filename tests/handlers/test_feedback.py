"""Thumbs below the answers, and what becomes of a click on one."""

import json
import logging
from typing import Any

import pytest

from doubles.bot import BOT_ID, Bot, Conversation, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.model_server import ModelServer

Json = dict[str, Any]


@pytest.fixture
def stored(disk: Disk) -> "Stored":
    return Stored(disk)


class Stored:
    """The feedback in the database."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def all(self) -> list[Json]:
        return self._disk.rows("SELECT * FROM feedback ORDER BY id")

    def one(self) -> Json:
        [row] = self.all()
        return row


def last_id(connector: Connector, conversation_id: str = "personal-1") -> str:
    return connector.bubbles(conversation_id)[-1].id


def place(bot: Bot, kind: str) -> Conversation:
    return {"personal": bot.personal, "group": bot.group, "channel": bot.channel}[kind]()


PLACES = pytest.mark.parametrize("kind", ["personal", "group", "channel"])


class TestThumbs:
    @PLACES
    async def test_are_below_an_answer(self, bot: Bot, connector: Connector, model: ModelServer, kind: str):
        model.speaks("Hello ", 0.5, "there.")
        conversation = place(bot, kind)

        await conversation.ask("Hi")

        [bubble] = connector.bubbles(conversation.account["id"])
        assert bubble.has_feedback and bubble.has_ai_label

    async def test_appear_at_the_end_of_a_stream_only(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("Hello ", 0.5, "there.")

        await bot.personal().ask("Hi")

        [final] = connector.messages
        assert final.stream and final.stream["streamType"] == "final" and final.has_feedback
        assert connector.steps and not any(step.has_feedback for step in connector.steps)

    async def test_are_below_each_part_of_a_long_answer(self, bot: Bot, connector: Connector, model: ModelServer):
        model.answers("word " * 20_000)

        await bot.group().send("<at>Parley</at> Hi", mentions={"Parley": BOT_ID})

        bubbles = connector.bubbles("19:group@thread.v2")
        assert len(bubbles) > 1 and all(bubble.has_feedback for bubble in bubbles)

    @PLACES
    @pytest.mark.parametrize("text", ["/help", "", "/forget"])
    async def test_are_not_below_lines_of_the_bot(self, bot: Bot, connector: Connector, kind: str, text: str):
        conversation = place(bot, kind)

        await conversation.ask(text)

        assert [bubble.has_feedback for bubble in connector.bubbles(conversation.account["id"])] == [False]

    async def test_are_not_below_an_apology(self, bot: Bot, connector: Connector, model: ModelServer):
        model.refuses(500, "server_error")

        await bot.personal().ask("Hi")

        assert [bubble.has_feedback for bubble in connector.bubbles()] == [False, False]


class TestClick:
    async def test_is_acknowledged_at_once_without_a_message(self, bot: Bot, connector: Connector, model: ModelServer):
        await bot.personal().ask("Hi")
        before = len(connector.sent)

        response = await bot.personal().click(last_id(connector))

        assert (response.status_code, response.content) == (200, b"")
        assert len(connector.sent) == before

    async def test_is_stored_with_everything_about_the_answer(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        model.speaks("Forty-", 1.5, "two.")
        model.last_turn.usage = (30, 12)
        await bot.personal().ask("What is the answer?")

        await bot.personal().click(last_id(connector), "dislike", '{"feedbackText": " Too short. "}')

        row = stored.one()
        assert row["reaction"] == "dislike" and row["comment"] == "Too short."
        assert row["question"] == "What is the answer?" and row["answer"] == "Forty-two."
        assert row["model"] == "scripted" and len(row["instructions_version"]) == 12
        assert 1.5 <= row["latency"] < 10
        assert (row["input_tokens"], row["output_tokens"]) == (30, 12)
        assert row["conversation_id"] == "personal-1" and row["message_id"] == last_id(connector)
        assert row["user_name"] == "Ada Lovelace" and len(row["user_id"]) == 36
        assert row["asked_by"] is None
        assert row["created_at"] == row["updated_at"]

    async def test_is_stored_without_a_memory_too(
        self, environment: dict[str, str], connector: Connector, stored: Stored
    ):
        async with run_bot(environment | {"BOT_STATEFUL": "false"}, connector) as bot:
            await bot.personal().ask("Hi")
            await bot.personal().click(last_id(connector))

        assert (stored.one()["question"], stored.one()["answer"]) == ("Hi", "OK.")

    @pytest.mark.parametrize("kind", ["group", "channel"])
    async def test_in_a_group_stores_the_name_of_the_asker_separately(
        self, bot: Bot, connector: Connector, stored: Stored, kind: str
    ):
        conversation = place(bot, kind)
        await conversation.ask("Note: what is up?", by="Alex Wilber")

        await conversation.click(last_id(connector, conversation.account["id"]), by="Adele Vance")

        row = stored.one()
        assert row["question"] == "Note: what is up?" and row["asked_by"] == "Alex Wilber"
        assert row["user_name"] == "Adele Vance"

    @pytest.mark.parametrize(
        ("name", "kept"),
        [("Dr: Anna Muster", "Dr Anna Muster"), ("Contoso: IT: Ada", "Contoso IT Ada"), (" : ", "Somebody")],
    )
    async def test_in_a_group_handles_names_with_a_colon(
        self, bot: Bot, connector: Connector, stored: Stored, name: str, kept: str
    ):
        await bot.group().ask("Note: what is up?", by=name)

        await bot.group().click(last_id(connector, "19:group@thread.v2"), by="Adele Vance")

        assert (stored.one()["question"], stored.one()["asked_by"]) == ("Note: what is up?", kept)

    async def test_in_a_group_may_lack_the_group_flag(self, bot: Bot, connector: Connector, stored: Stored):
        group = bot.group()
        await group.ask("Hi", by="Alex Wilber")

        await group.click(last_id(connector, "19:group@thread.v2"), conversation={"id": "19:group@thread.v2"})

        assert (stored.one()["question"], stored.one()["asked_by"]) == ("Hi", "Alex Wilber")

    async def test_in_a_channel_may_lack_the_thread(self, bot: Bot, connector: Connector, stored: Stored):
        channel = bot.channel()
        await channel.ask("Hi")
        thread = channel.account["id"]

        await channel.click(last_id(connector, thread), conversation={"id": thread.partition(";")[0]})

        row = stored.one()
        assert (row["question"], row["conversation_id"]) == ("Hi", thread)

    async def test_may_name_the_answer_by_another_id(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        """Teams does so in 1:1 chats, with both ids in the click."""
        for number in range(2):
            model.answers(f"Answer {number}")
            await bot.personal().ask(f"Question {number}")
        first = connector.bubbles()[0].id

        await bot.personal().click("1776827524158", channelData={"legacy": {"replyToId": first}})

        assert (stored.one()["answer"], stored.one()["message_id"]) == ("Answer 0", first)

    @pytest.mark.parametrize("legacy", [None, [], {}, {"replyToId": 5}, {"replyToId": "x" * 100_000}])
    async def test_with_an_invalid_second_id_is_still_stored(self, bot: Bot, stored: Stored, legacy: object):
        await bot.personal().ask("Hi")

        response = await bot.personal().click("1776827524158", channelData={"legacy": legacy})

        assert (response.status_code, stored.one()["message_id"]) == (200, "1776827524158")

    async def test_in_a_chat_keeps_a_question_with_a_colon_whole(self, bot: Bot, connector: Connector, stored: Stored):
        await bot.personal().ask("Note: what is up?")

        await bot.personal().click(last_id(connector))

        assert stored.one()["question"] == "Note: what is up?"

    async def test_on_any_part_of_a_long_answer_is_about_all_of_it(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        model.answers("word " * 20_000)
        group = bot.group()
        await group.send("<at>Parley</at> Hi", mentions={"Parley": BOT_ID})

        bubbles = connector.bubbles("19:group@thread.v2")
        for bubble in bubbles:
            await group.click(bubble.id)

        assert len(bubbles) > 1
        assert stored.one()["answer"].strip() == ("word " * 20_000).strip()

    async def test_on_an_earlier_answer_is_about_that_one(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        for number in range(3):
            model.answers(f"Answer {number}")
            await bot.personal().ask(f"Question {number}")

        await bot.personal().click(connector.bubbles()[1].id)

        assert (stored.one()["question"], stored.one()["answer"]) == ("Question 1", "Answer 1")

    async def test_without_an_id_is_about_the_last_answer(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        """The Agents Playground sends such clicks."""
        for number in range(2):
            model.answers(f"Answer {number}")
            await bot.personal().ask(f"Question {number}")

        await bot.personal().click(None, "like", "fine")

        row = stored.one()
        assert (row["answer"], row["comment"], row["message_id"]) == ("Answer 1", "fine", last_id(connector))

    async def test_without_a_known_answer_is_acknowledged_and_logged(
        self, bot: Bot, stored: Stored, caplog: pytest.LogCaptureFixture
    ):
        response = await bot.personal().click(None)

        assert response.status_code == 200
        assert stored.all() == []
        assert "unknown answer" in caplog.text

    @pytest.mark.parametrize("id", ["unknown", "%", "_", '"]', "[]", "é" * 500])
    async def test_on_an_unknown_message_is_stored_without_a_question(
        self, bot: Bot, connector: Connector, stored: Stored, id: str
    ):
        await bot.personal().ask("Hi")

        response = await bot.personal().click(id)

        assert response.status_code == 200
        row = stored.one()
        assert (row["message_id"], row["reaction"]) == (id, "like")
        assert (row["question"], row["answer"], row["model"], row["latency"]) == (None, None, None, None)

    async def test_on_an_id_of_another_conversation_finds_no_answer(
        self, bot: Bot, connector: Connector, stored: Stored
    ):
        await bot.personal("one").ask("Hi")

        await bot.personal("other").click(last_id(connector, "one"))

        assert stored.one()["question"] is None

    @pytest.mark.parametrize(
        ("feedback", "comment"),
        [
            ('{"feedbackText": "Great!"}', "Great!"),
            ('{"feedbackText": ""}', None),
            ('{"feedbackText": "  "}', None),
            ('{"feedbackText": null}', None),
            ('{"feedbackText": 17}', None),
            ('{"other": "form"}', '{"other": "form"}'),
            ("{}", None),
            ("", None),
            ("Great!", "Great!"),
            ("42", "42"),
            ('["a"]', '["a"]'),
            ("{", "{"),
            ("[" * 100_000, "[" * 100_000),
            ("9" * 5000, "9" * 5000),
            (r'{"feedbackText": "half \ud83d of an emoji, and \u0000"}', "half \ufffd of an emoji, and \ufffd"),
        ],
        ids=lambda value: str(value)[:40],
    )
    async def test_may_bring_a_comment_in_any_form(
        self, bot: Bot, connector: Connector, stored: Stored, feedback: str, comment: str | None
    ):
        await bot.personal().ask("Hi")

        response = await bot.personal().click(last_id(connector), "like", feedback)

        assert response.status_code == 200
        assert stored.one()["comment"] == comment

    @pytest.mark.parametrize(
        "value",
        [
            None,
            {},
            {"actionName": "feedback"},
            {"actionName": "feedback", "actionValue": {"reaction": "love", "feedback": ""}},
            {"actionName": "feedback", "actionValue": {"reaction": "like"}},
            {"actionName": "feedback", "actionValue": {"reaction": ["like"], "feedback": {}}},
            {"actionName": "other", "actionValue": {"reaction": "like", "feedback": ""}},
            "feedback",
        ],
        ids=json.dumps,
    )
    async def test_of_another_shape_is_ignored_and_logged(
        self, bot: Bot, stored: Stored, caplog: pytest.LogCaptureFixture, value: Any
    ):
        caplog.set_level(logging.INFO)
        response = await bot.personal().click("1", value=value)

        assert (response.status_code, response.content) == (200, b"")
        assert stored.all() == []
        assert "Ignored an activity of unknown type: invoke message/submitAction" in caplog.text

    @pytest.mark.parametrize("changed", [{"replyToId": "x" * 513}, {"replyToId": 17}], ids=["long", "a number"])
    async def test_with_an_impossible_id_is_refused(self, bot: Bot, stored: Stored, changed: Json):
        assert (await bot.personal().click("1", **changed)).status_code == 400
        assert stored.all() == []

    async def test_that_cannot_be_stored_gets_503(
        self, bot: Bot, connector: Connector, disk: Disk, caplog: pytest.LogCaptureFixture
    ):
        await bot.personal().ask("Hi")
        disk.execute("DROP TABLE feedback")

        assert (await bot.personal().click(last_id(connector))).status_code == 503

    async def test_is_kept_out_of_the_log(self, bot: Bot, connector: Connector, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        await bot.personal().ask("Hi")
        await bot.personal().click(last_id(connector), "like", "the secret comment")

        assert "Feedback stored: like" in caplog.text
        assert "secret" not in caplog.text and "Lovelace" not in caplog.text


class TestSecondClick:
    async def test_of_the_same_user_replaces_the_first(self, bot: Bot, connector: Connector, stored: Stored):
        await bot.personal().ask("Hi")
        await bot.personal().click(last_id(connector), "like", "Great!")
        first = stored.one()

        await bot.personal().click(last_id(connector), "dislike", "")

        second = stored.one()
        assert (second["reaction"], second["comment"], second["question"]) == ("dislike", None, "Hi")
        assert second["created_at"] == first["created_at"] and second["updated_at"] > first["updated_at"]

    async def test_of_another_user_is_stored_beside_the_first(self, bot: Bot, connector: Connector, stored: Stored):
        group = bot.group()
        await group.ask("Hi")
        for name, reaction in (("Ada", "like"), ("Bob", "dislike"), ("Ada", "dislike")):
            await group.click(last_id(connector, "19:group@thread.v2"), reaction, by=name)

        rows = [(row["user_name"], row["reaction"]) for row in stored.all()]
        assert rows == [("Ada", "dislike"), ("Bob", "dislike")]

    async def test_keeps_the_question_when_the_exchange_is_gone(
        self, bot: Bot, connector: Connector, stored: Stored, disk: Disk
    ):
        await bot.personal().ask("Hi")
        await bot.personal().click(last_id(connector), "like")
        disk.execute("DELETE FROM exchanges")

        await bot.personal().click(last_id(connector), "dislike")

        row = stored.one()
        assert (row["reaction"], row["question"], row["answer"]) == ("dislike", "Hi", "OK.")


class TestWhatWasJudged:
    async def test_does_not_change_when_the_conversation_goes_on(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        chat = bot.personal()
        message = chat.message("Hi")
        await bot.post(message)
        await chat.click(last_id(connector))
        before = stored.one()

        model.answers("Another answer.")
        await chat.edit(message, "Another question")
        await chat.ask("/new")
        await chat.delete(message)

        assert stored.one() == before and before["question"] == "Hi"

    async def test_is_known_after_a_new_conversation_begins(self, bot: Bot, connector: Connector, stored: Stored):
        await bot.personal().ask("Hi")
        id = last_id(connector)
        await bot.personal().ask("/new")

        await bot.personal().click(id)

        assert stored.one()["question"] == "Hi"

    async def test_is_the_answer_that_the_edited_question_got(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        chat = bot.personal()
        message = chat.message("Hi")
        await bot.post(message)
        await chat.click(last_id(connector))
        model.answers("Another answer.")
        await chat.edit(message, "Another question")

        await chat.click(last_id(connector), "dislike")

        row = stored.one()
        assert (row["question"], row["answer"]) == ("Another question", "Another answer.")

    async def test_includes_the_text_before_and_after_a_tool_call(
        self, bot: Bot, connector: Connector, model: ModelServer, stored: Stored
    ):
        model.calls(("1", "current_time", "{}"), words=("Let me see.",))
        model.answers("It is late.")
        await bot.personal().ask("What time is it?")

        await bot.personal().click(last_id(connector))

        assert stored.one()["answer"] == connector.bubbles()[-1].text == "Let me see.\n\nIt is late."

    async def test_is_forgotten_with_the_conversation(self, bot: Bot, connector: Connector, stored: Stored):
        for id in ("one", "other"):
            await bot.personal(id).ask("Hi")
            await bot.personal(id).click(last_id(connector, id))

        await bot.personal("one").ask("/forget yes")

        assert stored.one()["conversation_id"] == "other"
