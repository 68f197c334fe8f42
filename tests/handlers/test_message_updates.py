"""A message is edited or deleted; what becomes of its answer, and of the history?"""

import asyncio
from base64 import b64encode

import pytest

from doubles.bot import BOT_ID, Bot, pasted_picture, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.files import picture
from doubles.lines import line
from doubles.model_server import ModelServer


def texts(connector: Connector, conversation_id: str = "personal-1") -> list[str]:
    return [bubble.text for bubble in connector.bubbles(conversation_id)]


def said(model: ModelServer) -> list[str]:
    """The conversation in the last request to the model."""
    return [content for role, content in model.messages() if role != "system"]


class TestEditOfTheLastQuestion:
    async def test_replaces_the_answer(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("What is the capital of Austria?")
        model.answers("Vienna.")
        await bot.post(question)
        model.answers("Canberra.")

        await conversation.edit(question, "What is the capital of Australia?")

        assert texts(connector) == ["Canberra."]
        assert said(model) == ["What is the capital of Australia?"]

    @pytest.mark.parametrize("place", ["group", "channel"])
    async def test_replaces_the_answer_in_groups_too(
        self, bot: Bot, connector: Connector, model: ModelServer, place: str
    ):
        conversation = getattr(bot, place)()
        question = conversation.message("<at>Parley</at> One", mentions={"Parley": BOT_ID})
        await bot.post(question)
        model.answers("Two it is.")

        await conversation.edit(question, "<at>Parley</at> Two")

        assert texts(connector, conversation.account["id"]) == ["Two it is."]
        assert said(model) == ["Ada Lovelace: Two"]

    async def test_is_remembered_by_the_conversation(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)
        model.answers("Two it is.")
        await conversation.edit(question, "Two")

        await conversation.ask("Three")

        assert said(model) == ["Two", "Two it is.", "Three"]

    async def test_keeps_the_ai_label(self, bot: Bot, connector: Connector):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)

        await conversation.edit(question, "Two")

        [bubble] = connector.bubbles()
        assert bubble.has_ai_label

    async def test_that_arrives_twice_is_answered_once(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)
        edited = conversation.edited(question, "Two")

        await bot.post(edited)
        await bot.post(edited)

        assert len(model.requests) == 2

    async def test_can_be_edited_again(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)
        await conversation.edit(question, "Two", number=1)
        model.answers("Three it is.")

        await conversation.edit(question, "Three", number=2)

        assert texts(connector) == ["Three it is."] and said(model) == ["Three"]

    async def test_replaces_the_line_of_a_failed_answer(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        model.refuses(400, "bad_request")
        await bot.post(question)

        await conversation.edit(question, "Two")

        assert texts(connector) == ["OK."]

    async def test_replaces_an_answer_of_several_messages(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        model.answers("word " * 20_000)
        await bot.post(question)
        assert len(texts(connector)) > 1

        await conversation.edit(question, "Two")

        assert texts(connector) == ["OK."]

    async def test_replaces_the_answer_of_a_turn_that_was_deleted(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"TURN_RETENTION": "0.1"}, connector) as bot:
            conversation = bot.personal()
            question = conversation.message("One")
            await bot.post(question)
            await asyncio.sleep(2 * 3600)
            model.answers("Two it is.")

            await conversation.edit(question, "Two")

        assert texts(connector) == ["Two it is."]

    async def test_works_without_a_memory_too(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"BOT_STATEFUL": "false"}, connector) as bot:
            conversation = bot.personal()
            question = conversation.message("One")
            await bot.post(question)
            model.answers("Two it is.")

            await conversation.edit(question, "Two")

        assert texts(connector) == ["Two it is."]

    async def test_to_a_command_runs_the_command(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("/hlep")
        await bot.post(question)

        await conversation.edit(question, "/help")

        [text] = texts(connector)
        assert text.startswith(line("help")) and model.requests == []

    @pytest.mark.parametrize("now", ["/help", ""])
    async def test_to_an_empty_message_leaves_the_history(self, bot: Bot, model: ModelServer, now: str):
        conversation = bot.personal()
        question = conversation.message("My PIN is 1234.")
        await bot.post(question)

        await conversation.edit(question, now)

        await conversation.ask("Next")
        assert said(model) == ["Next"]

    async def test_that_fails_leaves_no_trace_of_the_old_answer(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("My PIN is 1234.")
        await bot.post(question)
        model.refuses(400, "bad_request")

        await conversation.edit(question, "My dog is Rex.")

        assert len(texts(connector)) == 1 and texts(connector) != ["OK."]
        await conversation.ask("Next")
        assert said(model) == ["Next"]

    async def test_without_a_change_of_text_does_nothing(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("Look at https://example.com")
        await bot.post(question)

        await conversation.edit(question, "Look at https://example.com")  # Teams has added a preview

        assert len(model.requests) == 1 and texts(connector) == ["OK."]

    @pytest.mark.process
    async def test_that_adds_a_picture_sends_it_to_the_model(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("What is on this?")
        await bot.post(question)
        model.answers("A dot.")
        url = f"data:image/png;base64,{b64encode(picture('PNG')).decode()}"
        with_picture = question | {"attachments": [pasted_picture(url)]}

        await conversation.edit(with_picture, "What is on this?", number=1)
        await conversation.edit(with_picture, "What is on this?", number=2)  # something else about it is new

        assert texts(connector) == ["A dot."] and len(model.requests) == 2

    async def test_to_a_confirmation_removes_all_parts_of_a_long_answer(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("One")
        model.answers("word " * 20_000)
        await bot.post(question)

        await conversation.edit(question, "/forget")

        assert texts(connector) == [line("confirm-forget", command="/forget yes")]

    async def test_to_a_longer_answer_sends_the_missing_parts(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        model.answers("word " * 20_000)
        await bot.post(question)
        long = len(texts(connector))
        await conversation.edit(question, "Two", number=1)
        model.answers("word " * 20_000)

        await conversation.edit(question, "Three", number=2)

        assert len(texts(connector)) == long and 404 not in connector.refusals

    async def test_of_a_stopped_answer_gets_a_new_message(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        rest = model.answers_slowly("One is ", "a lonely number. " * 9)
        await bot.deliver(question)
        await connector.first_step.wait()
        connector.press_stop("personal-1")
        rest.set()
        await bot.until_idle()
        model.answers("Two is company.")

        await conversation.edit(question, "Two")

        assert texts(connector) == ["One is ", "Two is company."]

    async def test_beyond_the_rate_limit_does_not_change_the_answer(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"TURNS_PER_USER_PER_MINUTE": "1"}, connector) as bot:
            conversation = bot.personal()
            question = conversation.message("One")
            await bot.post(question)

            await conversation.edit(question, "Two")

        answer, line = texts(connector)
        assert answer == "OK." and "60" in line

    @pytest.mark.parametrize("table", ["exchanges", "usage"])
    async def test_waits_for_an_unavailable_database(
        self, connector: Connector, model: ModelServer, environment: dict[str, str], disk: Disk, table: str
    ):
        async with run_bot(environment | {"TURNS_PER_USER_PER_MINUTE": "10"}, connector) as bot:
            conversation = bot.personal()
            question = conversation.message("One")
            await bot.post(question)
            disk.execute(f"ALTER TABLE {table} RENAME TO away")
            await bot.deliver(conversation.edited(question, "Two"))
            await asyncio.sleep(20)
            disk.execute(f"ALTER TABLE away RENAME TO {table}")

            await bot.until_idle()

        assert said(model) == ["Two"] and texts(connector) == ["OK."]


class TestOrder:
    """Teams does not promise that news of a message arrives in the order in which it came about."""

    async def test_of_edits_follows_their_times(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("0")
        await bot.post(question)
        await conversation.edit(question, "second", number=2)

        await conversation.edit(question, "first", number=1)

        assert said(model) == ["second"]

    async def test_ignores_a_message_that_arrives_after_its_edit(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("Old")
        await conversation.edit(question, "Newer")

        await bot.post(question)

        assert texts(connector) == ["OK."] and said(model) == ["Newer"]

    async def test_ignores_a_message_that_arrives_after_its_deletion(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("Old")
        await conversation.delete(question)

        await bot.post(question)

        assert model.requests == []

    async def test_of_edits_without_a_time_follows_their_arrival(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)
        for text in ("Two", "Three"):
            edited = conversation.edited(question, text)
            del edited["timestamp"]
            await bot.post(edited)

        assert said(model) == ["Three"]


class TestEditOfAnEarlierMessage:
    async def test_that_was_a_command_does_not_repeat_it(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        command = conversation.message("/new")
        await bot.post(command)
        await conversation.ask("My name is Ada.")

        await conversation.edit(command, "/New")

        await conversation.ask("What is my name?")
        assert said(model)[0] == "My name is Ada."

    async def test_that_had_failed_is_not_answered_later(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        model.refuses(400, "bad_request")
        await bot.post(question)
        await conversation.ask("Two")

        await conversation.edit(question, "One!")

        assert len(model.requests) == 2


class TestEditOfAnEarlierQuestion:
    async def test_corrects_the_history(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        first = conversation.message("My name is Adda.")
        await bot.post(first)
        await conversation.ask("Nice weather.")
        before = texts(connector)

        await conversation.edit(first, "My name is Ada.")

        assert texts(connector) == before and len(model.requests) == 2
        await conversation.ask("What is my name?")
        assert said(model) == ["My name is Ada.", "OK.", "Nice weather.", "OK.", "What is my name?"]

    async def test_removes_text_that_only_looks_like_a_file(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        first = conversation.message("What does this mean?\n[file: main.c] my PIN is 1234")
        await bot.post(first)
        await conversation.ask("Next")

        await conversation.edit(first, "Never mind.")

        await conversation.ask("Last")
        assert said(model)[0] == "Never mind."

    async def test_of_an_ended_conversation_does_not_reopen_it(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)
        await conversation.ask("/new")

        await conversation.edit(question, "Two")

        await conversation.ask("Three")
        assert said(model) == ["Three"]


class TestEditWhileTheAnswerIsMade:
    async def test_starts_the_answer_again_in_the_same_message(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("One")
        model.stalls_after("One is a lone")
        await bot.deliver(question)
        await connector.first_step.wait()
        model.answers("Two is company.")

        await conversation.edit(question, "Two")

        assert texts(connector) == ["Two is company."]
        assert model.hung_up_at is not None and said(model) == ["Two"]

    async def test_ends_the_stream_before_it_updates_the_message(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("One")
        model.stalls_after("One is a lone number ")
        await bot.deliver(question)
        await connector.first_step.wait()

        await conversation.edit(question, "Two")

        final = next(sent for sent in connector.messages if sent.stream)
        assert final.text == f"One is a lone number \n\n{line('still-writing')}"
        assert connector.messages[-1].method == "PUT"

    async def test_starts_the_answer_again_in_a_group_too(self, bot: Bot, connector: Connector, model: ModelServer):
        group = bot.group()
        question = group.message("<at>Parley</at> One", mentions={"Parley": BOT_ID})
        model.stalls_after("One is a lone")
        await bot.deliver(question)
        await model.until_requested(1)
        model.answers("Two is company.")

        await group.edit(question, "<at>Parley</at> Two")

        assert texts(connector, group.account["id"]) == ["Two is company."]

    async def test_lets_later_messages_wait_for_the_new_answer(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("One")
        model.stalls_after("One is a lone")
        await bot.deliver(question)
        await connector.first_step.wait()
        await bot.deliver(conversation.message("And then?"))
        model.answers("Two is company.")

        await conversation.edit(question, "Two")

        assert said(model) == ["Two", "Two is company.", "And then?"]

    async def test_of_a_waiting_message_changes_the_question(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        rest = model.answers_slowly("O", "K.")
        await bot.deliver(conversation.message("One"))
        waiting = conversation.message("Two")
        await bot.deliver(waiting)
        await bot.deliver(conversation.edited(waiting, "Three"))
        rest.set()

        await bot.until_idle()

        assert said(model) == ["One", "OK.", "Three"] and len(model.requests) == 2

    async def test_is_not_counted_as_a_crash(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"MAX_TURN_ATTEMPTS": "1"}, connector) as bot:
            conversation = bot.personal()
            question = conversation.message("0")
            for _ in range(4):
                model.stalls_after("Half")
            await bot.deliver(question)
            for number in range(1, 4):
                await model.until_requested(number)
                await bot.deliver(conversation.edited(question, str(number), number=number))
            await model.until_requested(4)

            await conversation.edit(question, "4", number=4)

        assert texts(connector) == ["OK."] and said(model) == ["4"]

    async def test_that_fails_leaves_its_message_to_the_next_edit(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        group = bot.group()
        question = group.message("<at>Parley</at> One", mentions={"Parley": BOT_ID})
        model.stalls_after("Half")
        await bot.deliver(question)
        await model.until_requested(1)
        model.refuses(400, "bad_request")
        await group.edit(question, "<at>Parley</at> Two", number=1)

        await group.edit(question, "<at>Parley</at> Three", number=2)

        assert texts(connector, group.account["id"]) == ["OK."]

    async def test_lets_a_message_that_is_being_sent_arrive(self, bot: Bot, connector: Connector, model: ModelServer):
        group = bot.group()
        question = group.message("<at>Parley</at> One", mentions={"Parley": BOT_ID})
        connector.latency = 5.0  # seconds
        await bot.deliver(question)
        await asyncio.sleep(1)  # Teams has the message, and has not said so
        model.answers("Two is company.")

        await group.edit(question, "<at>Parley</at> Two")

        assert texts(connector, group.account["id"]) == ["Two is company."]

    async def test_counts_like_a_message_when_too_many_wait(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"MAX_WAITING_TURNS": "1"}, connector) as bot:
            conversation = bot.personal()
            rest = model.answers_slowly("O", "K.")
            messages = [conversation.message(str(number)) for number in range(10)]
            for message in messages:
                await bot.deliver(message)
            for message in messages[3:]:
                await bot.deliver(conversation.edited(message, f"{message['text']}!"))
            rest.set()
            await bot.until_idle()

        assert len(model.requests) <= 3


class TestDeletion:
    async def test_is_applied_before_an_earlier_message_is_answered(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("A secret.")
        await bot.post(question)
        rest = model.answers_slowly("O", "K.")
        await bot.deliver(conversation.message("Two"))
        await bot.deliver(conversation.message("Three"))
        await model.until_requested(2)

        await bot.deliver(conversation.deleted(question))
        rest.set()
        await bot.until_idle()

        assert said(model) == ["Two", "OK.", "Three"]

    async def test_of_a_command_that_is_undone_does_not_repeat_it(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        command = conversation.message("/forget yes")
        await bot.post(command)
        await conversation.ask("My name is Ada.")
        await conversation.delete(command, number=1)

        await conversation.undelete(command, number=2)

        await conversation.ask("What is my name?")
        assert said(model)[0] == "My name is Ada."

    async def test_of_a_forgotten_message_that_is_undone_does_nothing(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)
        await conversation.ask("/forget yes")
        await conversation.delete(question, number=1)

        await conversation.undelete(question, number=2)

        assert len(model.requests) == 1

    async def test_during_the_new_answer_removes_the_answer(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("Old")
        await bot.post(question)
        model.stalls_after("Half")
        await bot.deliver(conversation.edited(question, "Newer", number=1))
        await model.until_requested(2)
        await conversation.delete(question, number=2)
        assert texts(connector) == []

        await conversation.undelete(question | {"text": "Newer"}, number=3)

        assert texts(connector) == ["OK."] and said(model) == ["Newer"]

    async def test_removes_question_and_answer_from_the_history(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("A secret.")
        await bot.post(question)

        await conversation.delete(question)

        await conversation.ask("What did I say?")
        assert said(model) == ["What did I say?"]

    async def test_that_is_undone_restores_both(self, bot: Bot, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        await bot.post(question)
        await conversation.delete(question)

        await conversation.undelete(question, number=2)

        assert len(model.requests) == 1
        await conversation.ask("Two")
        assert said(model) == ["One", "OK.", "Two"]

    async def test_stops_the_running_answer_and_removes_it(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        question = conversation.message("One")
        model.stalls_after("One is a lone")
        await bot.deliver(question)
        await connector.first_step.wait()

        await conversation.delete(question)

        assert texts(connector) == []
        assert model.hung_up_at is not None

    async def test_of_a_waiting_message_leaves_it_unanswered(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        rest = model.answers_slowly("O", "K.")
        await bot.deliver(conversation.message("One"))
        waiting = conversation.message("Two")
        await bot.deliver(waiting)
        await bot.deliver(conversation.deleted(waiting))
        rest.set()

        await bot.until_idle()

        assert texts(connector) == ["OK."] and len(model.requests) == 1

    async def test_before_the_answer_that_is_undone_gets_the_answer(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        conversation = bot.personal()
        question = conversation.message("One")
        model.stalls_after("Half")
        await bot.deliver(question)
        await connector.first_step.wait()
        await conversation.delete(question)

        await conversation.undelete(question, number=2)

        assert texts(connector) == ["OK."]

    async def test_makes_the_question_before_it_the_last_one(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        first, second = conversation.message("One"), conversation.message("Two")
        await bot.post(first)
        await bot.post(second)
        await conversation.delete(second)
        model.answers("Three it is.")

        await conversation.edit(first, "Three")

        assert texts(connector) == ["Three it is.", "OK."]

    async def test_of_an_unknown_message_does_nothing(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()

        response = await conversation.delete(conversation.message("One"))

        assert response.status_code == 200
        assert connector.sent == [] and model.requests == []
