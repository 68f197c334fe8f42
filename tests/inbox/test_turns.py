"""A message becomes a turn: acknowledged at once, answered once, in order, also after a crash."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from doubles.bot import BOT_ID, Bot, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.language import as_failure

TOO_MANY, GAVE_UP = line("still-answering"), as_failure(line("gave-up"))


def unfinish(disk: Disk, message: dict[str, Any]) -> None:
    """Undo the end of a turn, as if the process had crashed just before it was stored."""
    disk.execute(
        "UPDATE turns SET finished_at = NULL, activity = ? WHERE activity_id = ?", json.dumps(message), message["id"]
    )


class Crash:
    """Simulates `kill -9`: the next process gets a copy of the database of that moment."""

    def __init__(self, environment: dict[str, str], disk: Disk) -> None:
        self.environment = environment
        self.disk = disk
        self._number = 0

    def now(self) -> None:
        self._number += 1
        self.disk = self.disk.copy_to(self.disk.path.with_name(f"after-crash-{self._number}.db"))
        self.environment = self.environment | {"DATABASE_URL": self.disk.url}


@pytest.fixture
def crash(environment: dict[str, str], disk: Disk) -> Crash:
    return Crash(environment, disk)


async def crash_in_the_middle_of_a_stream(crash: Crash, connector: Connector, model: ModelServer) -> dict[str, Any]:
    """Return the message that was being answered."""
    model.stalls_after("Half of an ans")
    async with run_bot(crash.environment, connector) as bot:
        message = bot.personal().message("Hi")
        await bot.deliver(message)
        await connector.first_step.wait()
        await asyncio.sleep(1)
        crash.now()
    return message


def texts(connector: Connector, conversation_id: str = "personal-1") -> list[str]:
    return [bubble.text for bubble in connector.bubbles(conversation_id)]


class TestAcknowledgement:
    async def test_comes_before_the_first_word_of_the_model(self, bot: Bot, connector: Connector, model: ModelServer):
        for _ in range(21):
            model.speaks(3, "OK.")
        for number in range(20):
            await bot.deliver(bot.personal(f"personal-{number}").message("Hi"))
        await model.until_requested(20)
        before = asyncio.get_running_loop().time()

        response = await bot.deliver(bot.personal("another").message("Hi"))

        assert response.status_code == 200
        assert asyncio.get_running_loop().time() - before < 0.05
        assert connector.messages == []

    async def test_comes_though_the_database_is_locked_for_a_moment(self, bot: Bot, connector: Connector, disk: Disk):
        with disk.locked():
            acknowledged = asyncio.create_task(bot.deliver(bot.personal().message("Hi")))
            for _ in range(20):  # while the bot waits for the lock, it answers others
                assert (await bot.http.get(f"{bot.url}/healthz")).status_code == 200
            assert not acknowledged.done()

        assert (await acknowledged).status_code == 200

    async def test_fails_only_while_the_database_cannot_write(self, bot: Bot, connector: Connector, disk: Disk):
        message = bot.personal().message("Hi")
        disk.execute("ALTER TABLE turns RENAME TO away")
        refused = await bot.deliver(message)
        disk.execute("ALTER TABLE away RENAME TO turns")

        accepted = await bot.post(message)

        assert (refused.status_code, accepted.status_code) == (503, 200)
        assert "turns" not in refused.text
        assert texts(connector) == ["OK."]


class TestOnce:
    async def test_a_message_repeated_at_once_is_answered_once(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        message = bot.personal().message("Hi")

        responses = await asyncio.gather(*(bot.post(message) for _ in range(5)))

        assert {response.status_code for response in responses} == {200}
        assert texts(connector) == ["OK."] and len(model.requests) == 1

    async def test_a_message_repeated_after_its_answer_is_answered_once(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        message = bot.personal().message("Hi")
        await bot.post(message)

        response = await bot.post(message)

        assert response.status_code == 200
        assert texts(connector) == ["OK."] and len(model.requests) == 1

    async def test_a_message_repeated_after_a_restart_is_answered_once(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment, connector) as bot:
            message = bot.personal().message("Hi")
            await bot.post(message)
        async with run_bot(environment, connector) as bot:
            await bot.post(message)

        assert texts(connector) == ["OK."] and len(model.requests) == 1

    async def test_messages_of_two_conversations_may_have_the_same_id(self, bot: Bot, connector: Connector):
        for id in ("personal-1", "personal-2"):
            await bot.post(bot.personal(id).message("Hi") | {"id": "1"})

        assert texts(connector, "personal-1") == texts(connector, "personal-2") == ["OK."]


class TestOrder:
    async def test_a_message_sent_during_an_answer_is_answered_after_it(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("First ", 5, "answer.")
        model.speaks("Second answer.")
        model.speaks("Third answer.")
        conversation = bot.personal()

        await asyncio.gather(*(conversation.send(text) for text in ("One", "Two", "Three")))

        assert texts(connector) == ["First answer.", "Second answer.", "Third answer."]
        assert [words for role, words in model.messages()[1:] if role == "user"] == ["One", "Two", "Three"]
        assert connector.refusals == []

    async def test_no_conversation_waits_for_another(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("Slow ", 60, "answer.")

        slow = asyncio.create_task(bot.personal("slow").send("Hi"))
        await model.until_requested(1)
        await bot.deliver(bot.personal("quick").message("Hi"))
        await connector.until(lambda: texts(connector, "quick") == ["OK."])

        assert asyncio.get_running_loop().time() < 10
        await slow

    async def test_turns_run_in_parallel_up_to_the_limit(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        for _ in range(6):
            model.speaks(10, "OK.")
        async with run_bot(environment | {"MAX_CONCURRENT_TURNS": "2"}, connector) as bot:
            everybody = [asyncio.create_task(bot.personal(f"p-{number}").send("Hi")) for number in range(6)]
            await asyncio.sleep(5)
            asked = len(model.requests)
            await asyncio.gather(*everybody)

        assert asked == 2 and len(model.requests) == 6

    async def test_a_user_with_many_questions_keeps_nobody_waiting(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        for _ in range(50):
            model.speaks(25, "OK.")
        async with run_bot(environment | {"MAX_CONCURRENT_TURNS": "8"}, connector) as bot:
            for number in range(40):
                await bot.deliver(bot.personal(f"flood-{number}").message("Hi"))
            await asyncio.sleep(5)
            for number in range(2):
                await bot.deliver(bot.personal(f"other-{number}", "Bo Diddley").message("Hi"))
            begin = asyncio.get_running_loop().time()
            await connector.until(lambda: all(texts(connector, f"other-{number}") == ["OK."] for number in range(2)))
            waited = asyncio.get_running_loop().time() - begin
            await bot.until_idle()

        assert waited < 30

    async def test_a_user_who_waits_for_others_sees_typing(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        for _ in range(2):
            model.speaks(20, "OK.")
        async with run_bot(environment | {"MAX_CONCURRENT_TURNS": "1"}, connector) as bot:
            await bot.deliver(bot.personal("first").message("Hi"))
            await model.until_requested(1)
            waiting = [bot.personal(f"waiting-{number}", "Bo Diddley") for number in range(3)]
            for conversation in waiting:
                await bot.deliver(conversation.message("Hi"))
            await asyncio.sleep(11)
            shown = Counter(sent.conversation_id for sent in connector.sent if not sent.is_message)
            await bot.until_idle()

        assert shown["waiting-0"] == 3  # after 1, 5 and 9 seconds
        assert not shown["waiting-1"] and not shown["waiting-2"]

    async def test_users_with_many_questions_take_turns(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        for _ in range(9):
            model.speaks(10, "OK.")
        async with run_bot(environment | {"MAX_CONCURRENT_TURNS": "1"}, connector) as bot:
            for name in ("Ada", "Bo", "Cy"):
                for number in range(3):
                    await bot.deliver(bot.personal(f"{name}-{number}", name).message("Hi"))
            await asyncio.sleep(35)
            answered = [name for name in ("Ada", "Bo", "Cy") if texts(connector, f"{name}-0") == ["OK."]]
            await bot.until_idle()

        assert answered == ["Ada", "Bo", "Cy"]

    async def test_a_user_who_sends_too_much_is_told_at_once(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.speaks(30, "First answer.")
        model.speaks("Second answer.")
        model.speaks("Last answer.")
        async with run_bot(environment | {"MAX_WAITING_TURNS": "1"}, connector) as bot:
            chat = bot.personal()
            for text in ("One", "Two", "Three"):
                await bot.deliver(chat.message(text))
            await asyncio.sleep(5)
            told = texts(connector)
            await bot.until_idle()
            await chat.send("Four")

        assert TOO_MANY in told
        assert texts(connector)[-2:] == ["Second answer.", "Last answer."]
        assert len(model.requests) == 3

    @pytest.mark.slow
    async def test_a_flood_of_messages_gets_few_lines(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.speaks(30, "First answer.")
        async with run_bot(environment | {"MAX_WAITING_TURNS": "0"}, connector) as bot:
            chat = bot.personal()
            await asyncio.gather(*(chat.send(str(number)) for number in range(200)))

        assert 1 <= texts(connector).count(TOO_MANY) < 20
        assert len(model.requests) == 1


class TestCrash:
    async def test_before_the_answer_loses_no_message(self, crash: Crash, connector: Connector, model: ModelServer):
        model.hangs()
        async with run_bot(crash.environment, connector) as bot:
            for text in ("One", "Two", "Three"):
                await bot.deliver(bot.personal().message(text))
            await model.until_requested(1)
            crash.now()
        for text in ("First answer.", "Second answer.", "Third answer."):
            model.answers(text)
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        assert texts(connector) == ["First answer.", "Second answer.", "Third answer."]

    async def test_during_a_stream_completes_the_same_message(
        self, crash: Crash, connector: Connector, model: ModelServer
    ):
        await crash_in_the_middle_of_a_stream(crash, connector, model)
        assert texts(connector) == ["Half of an ans"]
        model.answers("The whole answer.")
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        [bubble] = connector.bubbles()
        assert bubble.text == "The whole answer." and bubble.has_ai_label

    async def test_between_two_parts_sends_each_part_once(self, crash: Crash, connector: Connector, model: ModelServer):
        long = "Word. " * 10_000
        model.answers(long)
        async with run_bot(crash.environment, connector) as bot:
            group = bot.group()
            await bot.deliver(group.message("<at>Parley</at> Hi", mentions={"Parley": BOT_ID}))
            await connector.until(lambda: len(connector.messages) == 1)
            connector.refuse_next(429, "TooManyRequests", "later", type="message", retry_after=30)
            await asyncio.sleep(5)
            crash.now()
        connector.recover()
        first = texts(connector, group.account["id"])
        model.answers(long)
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        bubbles = connector.bubbles(group.account["id"])
        assert len(first) == 1 and len(bubbles) == 2
        assert "".join(bubble.text for bubble in bubbles).count("Word.") == 10_000

    async def test_removes_parts_that_a_shorter_answer_does_not_need(
        self, crash: Crash, connector: Connector, model: ModelServer
    ):
        model.answers("Word. " * 10_000)
        async with run_bot(crash.environment, connector) as bot:
            group = bot.group()
            message = group.message("<at>Parley</at> Hi", mentions={"Parley": BOT_ID})
            await bot.post(message)
            crash.now()
        unfinish(crash.disk, message)
        model.answers("Short.")
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        assert texts(connector, group.account["id"]) == ["Short."]

    async def test_waits_while_teams_is_unavailable(self, crash: Crash, connector: Connector, model: ModelServer):
        await crash_in_the_middle_of_a_stream(crash, connector, model)
        connector.refuse_next(503, "ServiceUnavailable", "later", type="message", times=4)
        model.answers("The whole answer.")
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        assert texts(connector) == ["The whole answer."]

    async def test_twice_shows_the_half_answer_once_without_updates(
        self, crash: Crash, connector: Connector, model: ModelServer
    ):
        message = await crash_in_the_middle_of_a_stream(crash, connector, model)
        for answer in ("The answer.", "The answer once more."):
            if answer == "The answer.":
                connector.refuse_next(403, "Forbidden", "This message cannot be changed.", type="message")
            model.answers(answer)
            async with run_bot(crash.environment, connector) as bot:
                await bot.until_idle()
                crash.now()
            unfinish(crash.disk, message)

        assert texts(connector) == ["Half of an ans", "The answer once more."]

    async def test_shows_the_half_answer_once_without_updates(
        self, crash: Crash, connector: Connector, model: ModelServer
    ):
        await crash_in_the_middle_of_a_stream(crash, connector, model)
        connector.refuse_next(403, "Forbidden", "This message cannot be changed.", type="message")
        model.answers("The whole answer.")
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        assert texts(connector) == ["Half of an ans", "The whole answer."]

    async def test_after_the_answer_changes_nothing(self, crash: Crash, connector: Connector, model: ModelServer):
        async with run_bot(crash.environment, connector) as bot:
            await bot.personal().send("Hi")
            crash.now()
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        assert texts(connector) == ["OK."] and len(model.requests) == 1

    async def test_after_the_answer_stores_one_exchange(self, crash: Crash, connector: Connector, model: ModelServer):
        async with run_bot(crash.environment, connector) as bot:
            await bot.personal().send("One")
            message = bot.personal().message("Two")
            await bot.post(message)
            crash.now()
        unfinish(crash.disk, message)
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()
            await bot.personal().send("Three")

        assert model.messages()[1:] == [
            ("user", "One"),
            ("assistant", "OK."),
            ("user", "Two"),
            ("assistant", "OK."),
            ("user", "Three"),
        ]


class TestRepeatedCrashes:
    async def crash_in_the_middle(self, crash: Crash, connector: Connector, model: ModelServer) -> None:
        """Let a process begin the turns that wait, and crash."""
        model.hangs()
        async with run_bot(crash.environment, connector) as bot:
            if not model.requests:
                await bot.deliver(bot.personal().message("Hi"))
            await model.until_requested(len(model.requests) + 1)
            crash.now()

    async def test_a_turn_that_crashes_each_attempt_is_refused(
        self, crash: Crash, connector: Connector, model: ModelServer
    ):
        for _ in range(3):
            await self.crash_in_the_middle(crash, connector, model)
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()
            await bot.personal().send("Are you well?")

        assert texts(connector) == [GAVE_UP, "OK."]
        assert len(model.requests) == 4

    async def test_a_turn_on_its_last_attempt_crashes_no_other_turn(
        self, crash: Crash, connector: Connector, model: ModelServer
    ):
        crash.environment["MAX_TURN_ATTEMPTS"] = "2"
        for _ in range(3):
            model.hangs()
        async with run_bot(crash.environment, connector) as bot:
            for id in ("crashing", "innocent"):
                await bot.deliver(bot.personal(id).message("Hi"))
            await model.until_requested(2)
            crash.now()
        async with run_bot(crash.environment, connector):
            await model.until_requested(3)
            await asyncio.sleep(10)
            crash.now()
        alone = len(model.requests)
        async with run_bot(crash.environment, connector) as bot:
            await bot.until_idle()

        assert alone == 3
        assert (texts(connector, "crashing"), texts(connector, "innocent")) == ([GAVE_UP], ["OK."])

    async def test_turns_on_their_last_attempt_delay_no_other_turns(
        self, crash: Crash, connector: Connector, model: ModelServer
    ):
        crash.environment |= {"MAX_TURN_ATTEMPTS": "2", "MAX_CONCURRENT_TURNS": "3"}
        for _ in range(3):
            model.hangs()
        async with run_bot(crash.environment, connector) as bot:
            for id in ("one", "two", "three"):
                await bot.deliver(bot.personal(id).message("Hi"))
            await model.until_requested(3)
            crash.now()
        model.speaks(50, "At last.")
        async with run_bot(crash.environment, connector) as bot:
            await model.until_requested(4)
            await bot.deliver(bot.personal("newcomer").message("Hi"))
            await connector.until(lambda: texts(connector, "newcomer") == ["OK."])
            waited = asyncio.get_running_loop().time()
            await bot.until_idle()

        assert waited < 40
        assert [texts(connector, id)[-1] for id in ("one", "two", "three")].count("OK.") == 2

    async def test_a_message_being_sent_during_a_stop_is_not_sent_again(
        self, environment: dict[str, str], connector: Connector
    ):
        connector.latency = 1
        async with run_bot(environment, connector) as bot:
            await bot.deliver(bot.group().message("<at>Parley</at> Hi", mentions={"Parley": BOT_ID}))
            await connector.until(lambda: bool(connector.sent))  # the typing indicator
            await asyncio.sleep(0.2)
            assert bot.turns and connector.sent[-1].is_message
            await bot.turns.stop(grace=0)
        connector.latency = 0
        async with run_bot(environment, connector) as bot:
            await bot.until_idle()

        assert texts(connector, "19:group@thread.v2") == ["OK."]

    async def test_an_orderly_stop_does_not_count_as_an_attempt(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        for attempt in range(5):
            model.hangs()
            async with run_bot(environment, connector) as bot:
                if not attempt:
                    await bot.deliver(bot.personal().message("Hi"))
                await model.until_requested(attempt + 1)
        async with run_bot(environment, connector) as bot:
            await bot.until_idle()

        assert texts(connector) == ["OK."]


class TestDatabase:
    async def test_that_goes_away_during_an_answer_only_delays_it(
        self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk
    ):
        rest = model.answers_slowly("Half and ", "half.")
        await bot.deliver(bot.personal().message("Hi"))
        await connector.first_step.wait()
        disk.execute("ALTER TABLE turns RENAME TO away")
        rest.set()
        await asyncio.sleep(30)
        disk.execute("ALTER TABLE away RENAME TO turns")
        await bot.until_idle()

        assert texts(connector) == ["Half and half."]
        [turn] = disk.rows("SELECT finished_at, activity FROM turns")
        assert turn["finished_at"] and turn["activity"] is None

    async def test_contains_no_text_of_a_message_after_its_answer(self, bot: Bot, disk: Disk, model: ModelServer):
        model.fails_after("I ")
        await bot.personal().send("the secret question")
        await bot.personal().send("another question")  # until then, the user may ask the first one again

        rows = disk.rows("SELECT * FROM turns")
        assert len(rows) == 2 and "question" not in str(rows)
