"""A question fails, and the user clicks on "Try again"."""

import asyncio

import pytest

from doubles.bot import BOT_ID, Bot, Conversation, pasted_picture, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.files import picture
from doubles.lines import incident_in, line
from doubles.model_server import ModelServer

TRY_AGAIN = line("try-again")


def texts(connector: Connector, conversation_id: str = "personal-1") -> list[str]:
    return [bubble.text for bubble in connector.bubbles(conversation_id)]


def said(model: ModelServer) -> list[str]:
    """The conversation in the last request to the model."""
    return [content for role, content in model.messages() if role != "system"]


async def fail(conversation: Conversation, model: ModelServer, question: str = "One") -> dict[str, object]:
    """Ask a question whose answer fails in the middle. Return the message."""
    message = conversation.message(question)
    model.fails_after("Half of ")
    await conversation.bot.post(message)
    return message


async def click_later(conversation: Conversation, disk: Disk) -> None:
    """Click a minute after the last click, so that the two are no double click."""
    disk.execute("UPDATE turns SET accepted_at = datetime(accepted_at, '-1 minute')")
    await conversation.send(TRY_AGAIN)


class TestOffer:
    async def test_stands_below_a_failure_that_may_pass(self, bot: Bot, connector: Connector, model: ModelServer):
        await fail(bot.personal(), model)

        assert connector.messages[-1].choices == [TRY_AGAIN]

    async def test_stands_below_a_stream_that_never_began(self, bot: Bot, connector: Connector, model: ModelServer):
        model.hangs()

        await bot.personal().ask("One")

        failure, offer = connector.messages
        assert incident_in(failure.text, "model-slow") and failure.stream  # below which Teams shows no actions
        assert offer.choices == [TRY_AGAIN] and not offer.stream

    @pytest.mark.parametrize(
        ("status", "code"),
        [(401, "invalid_api_key"), (404, "model_not_found"), (400, "content_filter"), (429, "insufficient_quota")],
    )
    async def test_is_left_out_where_it_cannot_help(
        self, bot: Bot, connector: Connector, model: ModelServer, status: int, code: str
    ):
        model.refuses(status, code)

        await bot.personal().ask("One")

        assert connector.messages[-1].choices == []

    async def test_is_left_out_in_a_group(self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk):
        group = bot.group()
        model.fails_after("Half of ")
        await group.ask("One")

        await group.send(f"<at>Parley</at> {TRY_AGAIN}", mentions={"Parley": BOT_ID})

        assert connector.messages[0].choices == []
        assert texts(connector, group.account["id"])[1:] == ["OK."]
        assert disk.rows("SELECT 1 FROM turns WHERE activity IS NOT NULL") == []

    async def test_that_is_refused_leaves_no_question(
        self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk
    ):
        conversation = bot.personal()
        model.hangs()
        connector.refuse_next(403, "Forbidden", "the bot is blocked", type="message", times=20)

        await conversation.send("One")

        assert disk.rows("SELECT 1 FROM turns WHERE activity IS NOT NULL") == []
        connector.recover()
        await conversation.ask(TRY_AGAIN)
        assert said(model) == [TRY_AGAIN]

    async def test_is_left_out_after_stop(self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk):
        conversation = bot.personal()
        model.stalls_after("One is ")
        await bot.deliver(conversation.message("One"))
        await asyncio.sleep(5)
        connector.press_stop("personal-1")  # seen with the next request, which is that of the apology

        await bot.until_idle()

        assert connector.refusals == [403] and not any(message.choices for message in connector.messages)
        assert disk.rows("SELECT 1 FROM turns WHERE activity IS NOT NULL") == []
        await conversation.ask(TRY_AGAIN)
        assert said(model)[-1] == TRY_AGAIN

    async def test_is_left_out_when_only_the_memory_failed(
        self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk
    ):
        disk.execute("CREATE TRIGGER full BEFORE INSERT ON exchanges BEGIN SELECT RAISE(ABORT, 'full'); END")

        await bot.personal().send("One")

        assert incident_in(connector.messages[-1].text, "not-remembered")
        assert connector.messages[-1].choices == []


class TestClick:
    async def test_puts_the_answer_in_the_place_of_the_failure(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        await fail(conversation, model)
        model.answers("One is a lone number.")

        await conversation.send(TRY_AGAIN)

        [bubble] = connector.bubbles()
        assert bubble.text == "One is a lone number." and bubble.has_ai_label
        assert connector.messages[-1].choices == []

    async def test_asks_the_question_once_in_the_history(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        await fail(conversation, model)
        await conversation.send(TRY_AGAIN)

        await conversation.ask("Two")

        assert said(model) == ["One", "OK.", "Two"]

    @pytest.mark.process  # pictures are opened in a process of their own
    async def test_reads_attachments_and_quotes_again(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        quote = {"type": "quotedReply", "quotedReply": {"messageId": "7", "preview": "Soon!", "senderName": "Bo"}}
        question = conversation.message('<quoted messageId="7"/> When?') | {
            "attachments": [pasted_picture(connector.paste(picture("PNG")))],
            "entities": [quote],
        }
        model.fails_after("Half of ")
        await bot.post(question)

        await conversation.send(TRY_AGAIN)

        assert texts(connector) == ["OK."]
        [words, image] = model.requests[-1]["messages"][-1]["content"]
        assert "> Soon!" in words["text"] and "When?" in words["text"] and image["type"] == "image_url"

    async def test_works_after_a_restart(self, environment: dict[str, str], connector: Connector, model: ModelServer):
        async with run_bot(environment, connector) as bot:
            await fail(bot.personal(), model)

        async with run_bot(environment, connector) as bot:
            await bot.personal().send(TRY_AGAIN)

        assert texts(connector) == ["OK."] and said(model) == ["One"]

    async def test_may_be_written_in_any_case(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        await fail(conversation, model)

        await conversation.send(f" {TRY_AGAIN.upper()} ")

        assert texts(connector) == ["OK."]

    async def test_that_fails_again_offers_it_again_below(
        self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk
    ):
        conversation = bot.personal()
        await fail(conversation, model)
        failure, offer = connector.bubbles()
        model.fails_after("More than half of ")

        await conversation.send(TRY_AGAIN)

        second_failure, second_offer = connector.bubbles()
        assert second_failure.id == failure.id
        assert incident_in(second_failure.text, "model-failed", below="More than half of ")
        assert second_offer.id != offer.id  # in Teams, only the newest message shows its suggested actions
        assert connector.messages[-1].choices == [TRY_AGAIN]
        await click_later(conversation, disk)
        assert texts(connector) == ["OK."]

    async def test_twice_asks_once(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        await fail(conversation, model)
        rest = model.answers_slowly("One is ", "one.")

        for _ in range(3):
            await bot.deliver(conversation.message(TRY_AGAIN))
        rest.set()
        await bot.until_idle()

        assert texts(connector) == ["One is one."] and len(model.requests) == 2

    async def test_twice_asks_once_though_the_answer_is_quick(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        await fail(conversation, model)

        await conversation.send(TRY_AGAIN)
        await conversation.send(TRY_AGAIN)

        assert texts(connector) == ["OK."] and len(model.requests) == 2

    async def test_that_teams_repeats_asks_once(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        await fail(conversation, model)
        click = conversation.message(TRY_AGAIN)

        await bot.post(click)
        await bot.post(click)

        assert texts(connector) == ["OK."] and len(model.requests) == 2

    async def test_after_another_message_is_a_message(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        await fail(conversation, model)
        await conversation.ask("Two")

        await conversation.ask(TRY_AGAIN)

        assert said(model) == ["Two", "OK.", TRY_AGAIN]

    async def test_without_a_failure_is_a_message(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        await conversation.ask("One")

        await conversation.ask(TRY_AGAIN)

        assert said(model) == ["One", "OK.", TRY_AGAIN]

    async def test_counts_as_no_further_question(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, disk: Disk
    ):
        limits = {"TURNS_PER_USER_PER_MINUTE": "1", "TOKENS_PER_USER_PER_DAY": "1000"}
        async with run_bot(environment | limits, connector) as bot:
            conversation = bot.personal()
            await fail(conversation, model)

            await conversation.send(TRY_AGAIN)

        assert texts(connector) == ["OK."]
        assert len(disk.rows("SELECT 1 FROM usage")) == 1

    async def test_again_and_again_counts_as_further_questions(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, disk: Disk
    ):
        """Else a question whose answer fails late could be asked without a limit."""
        async with run_bot(environment | {"TURNS_PER_USER_PER_MINUTE": "2"}, connector) as bot:
            conversation = bot.personal()
            await fail(conversation, model)
            for _ in range(5):
                model.fails_after("Half of ")
                await click_later(conversation, disk)

        assert len(model.requests) == 3 and connector.messages[-1].choices == []

    async def test_is_no_crash(self, environment: dict[str, str], connector: Connector, model: ModelServer, disk: Disk):
        async with run_bot(environment | {"MAX_TURN_ATTEMPTS": "1"}, connector) as bot:
            conversation = bot.personal()
            await fail(conversation, model)
            for _ in range(3):
                model.fails_after("Half of ")
                await click_later(conversation, disk)

            await click_later(conversation, disk)

        assert texts(connector) == ["OK."]


class TestFailedQuestion:
    async def test_that_is_deleted_is_not_asked_again(self, bot: Bot, model: ModelServer, disk: Disk):
        conversation = bot.personal()
        question = await fail(conversation, model)

        await conversation.delete(question)

        assert disk.rows("SELECT 1 FROM turns WHERE activity IS NOT NULL") == []
        await conversation.ask(TRY_AGAIN)
        assert said(model) == [TRY_AGAIN]

    async def test_that_is_edited_is_asked_again_as_it_is_now(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = await fail(conversation, model)
        model.fails_after("Half of ")
        await conversation.edit(question, "Two")

        await conversation.send(TRY_AGAIN)

        assert texts(connector) == ["OK."] and said(model) == ["Two"]

    async def test_that_is_edited_while_it_is_asked_again_is_answered_once(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = await fail(conversation, model)
        model.stalls_after("One is ")
        await bot.deliver(conversation.message(TRY_AGAIN))
        await model.until_requested(2)

        await conversation.edit(question, "Two")

        assert texts(connector) == ["OK."] and said(model) == ["Two"]

    async def test_is_forgotten_with_the_conversation(self, bot: Bot, model: ModelServer, disk: Disk):
        conversation = bot.personal()
        await fail(conversation, model, "the secret question")

        await conversation.ask("/forget yes")

        assert "the secret question" not in disk.dump()

    async def test_is_stored_no_longer_once_it_is_answered(self, bot: Bot, model: ModelServer, disk: Disk):
        conversation = bot.personal()
        await fail(conversation, model)

        await conversation.send(TRY_AGAIN)

        assert disk.rows("SELECT 1 FROM turns WHERE activity IS NOT NULL OR user_id IS NOT NULL") == []
