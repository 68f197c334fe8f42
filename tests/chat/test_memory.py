"""The memory of conversations in a real database."""

import itertools
import sys
from collections.abc import AsyncIterator

import pytest
from microsoft_teams.ai import FunctionCall, FunctionMessage, Message, ModelMessage, UserMessage
from sqlalchemy import func, select, text

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.model_server import ModelServer
from parley.chat.history import History
from parley.chat.memory import Provenance
from parley.models.tokens import estimate_tokens
from parley.storage import Database, open_database
from parley.storage.tables import Exchange


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as engine:
        yield engine


def exchange(question: str, answer: str = "Yes.") -> list[Message]:
    return [UserMessage(question), ModelMessage(answer, None)]


_ids = itertools.count(1)

TOOL_EXCHANGE: list[Message] = [
    UserMessage("Weather?"),
    ModelMessage(None, [FunctionCall("call-1", "weather", {"city": "Oslo"})]),
    FunctionMessage("Sun in Oslo.", "call-1"),
    ModelMessage("Sunny.", None),
]


async def remember(history: History, *exchanges: list[Message], conversation: str = "c") -> None:
    for messages in exchanges:
        async with history.open_memory(conversation, str(next(_ids))) as memory:
            for message in messages:
                await memory.push(message)


async def remember_as(history: History, answer_ids: list[str], messages: list[Message]) -> None:
    """Remember an exchange whose answer has messages with these ids."""
    async with history.open_memory("c", str(next(_ids))) as memory:
        memory.provenance = Provenance("model", "1", answer_ids)
        for message in messages:
            await memory.push(message)


async def recall(history: History, conversation: str = "c") -> list[Message]:
    async with history.open_memory(conversation, "later") as memory:
        return await memory.get_all()


class TestConversation:
    async def test_survives_a_restart(self, environment: dict[str, str], connector: Connector, model: ModelServer):
        async with run_bot(environment, connector) as bot:
            await bot.personal().ask("My name is Ada.")

        async with run_bot(environment, connector) as bot:
            await bot.personal().ask("What is my name?")

        assert model.messages()[1:] == [
            ("user", "My name is Ada."),
            ("assistant", "OK."),
            ("user", "What is my name?"),
        ]

    async def test_has_a_history_of_its_own(self, bot: Bot, model: ModelServer):
        await bot.personal("personal-1").ask("One")

        await bot.personal("personal-2").ask("Two")

        assert model.messages()[1:] == [("user", "Two")]

    async def test_is_separate_for_each_thread_of_a_channel(self, bot: Bot, model: ModelServer):
        await bot.channel(root="1").ask("One")
        await bot.channel(root="2").ask("Two")

        await bot.channel(root="1").ask("Three")

        assert [content for role, content in model.messages() if role == "user"] == [
            "Ada Lovelace: One",
            "Ada Lovelace: Three",
        ]

    async def test_is_not_remembered_when_the_bot_is_stateless(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"BOT_STATEFUL": "false"}, connector) as bot:
            await bot.personal().ask("One")
            await bot.personal().ask("Two")

        assert model.messages()[1:] == [("user", "Two")]

    async def test_is_not_sent_with_a_budget_of_zero(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"MEMORY_MAX_TOKENS": "0"}, connector) as bot:
            await bot.personal().ask("One")
            await bot.personal().ask("Two")

        assert model.messages()[1:] == [("user", "Two")]

    async def test_does_not_remember_the_instructions(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(environment | {"BOT_INSTRUCTIONS": "Old."}, connector) as bot:
            await bot.personal().ask("One")
        async with run_bot(environment | {"BOT_INSTRUCTIONS": "New."}, connector) as bot:
            await bot.personal().ask("Two")

        [instructions] = [content for role, content in model.messages() if role == "system"]
        assert instructions.startswith("New.\n\n") and "Old." not in instructions


@pytest.mark.real_time
class TestTurn:
    async def test_that_fails_stores_nothing(self, database: Database):
        history = History(database, max_tokens=1000)
        await remember(history, exchange("One"))

        with pytest.raises(RuntimeError):
            async with history.open_memory("c", "now") as memory:
                await memory.push(UserMessage("Two"))
                raise RuntimeError

        assert await recall(history) == exchange("One")

    async def test_sees_the_messages_that_it_added(self, database: Database):
        history = History(database, max_tokens=1000)
        await remember(history, exchange("One"))

        async with history.open_memory("c", "now") as memory:
            await memory.push(UserMessage("Two"))
            assert await memory.get_all() == [*exchange("One"), UserMessage("Two")]

    async def test_can_replace_the_history(self, database: Database):
        history = History(database, max_tokens=1000)
        await remember(history, exchange("One"), exchange("Two"))
        await remember(history, exchange("Elsewhere"), conversation="d")

        async with history.open_memory("c", "now") as memory:
            await memory.set_all(exchange("Three"))
            assert await memory.get_all() == exchange("Three")

        assert await recall(history) == exchange("Three")
        assert await recall(history, "d") == exchange("Elsewhere")

    async def test_stores_every_kind_of_message_unchanged(self, database: Database):
        history = History(database, max_tokens=1000)

        await remember(history, TOOL_EXCHANGE)

        assert await recall(history) == TOOL_EXCHANGE

    async def test_stores_text_that_databases_find_difficult(self, database: Database):
        history = History(database, max_tokens=1000)
        particular = exchange("NUL \0, 'quote', %s, {}, \\u0000, 👩‍🚀", "Fine.")

        await remember(history, particular)

        assert await recall(history) == particular


@pytest.mark.real_time
class TestBudget:
    async def test_keeps_the_newest_exchanges_that_fit(self, database: Database):
        size = estimate_tokens(exchange("Question 1?"))
        history = History(database, max_tokens=2 * size)

        await remember(history, *(exchange(f"Question {number}?") for number in (1, 2, 3)))

        assert await recall(history) == [*exchange("Question 2?"), *exchange("Question 3?")]

    async def test_never_cuts_within_an_exchange(self, database: Database):
        history = History(database, max_tokens=estimate_tokens(TOOL_EXCHANGE) + estimate_tokens(exchange("B")) - 1)

        await remember(history, TOOL_EXCHANGE, exchange("B"))

        assert await recall(history) == exchange("B")

    async def test_cuts_between_exchanges_that_were_stored_together(self, database: Database):
        history = History(database, max_tokens=estimate_tokens(exchange("B")))

        await remember(history, [*TOOL_EXCHANGE, *exchange("B")])

        assert await recall(history) == exchange("B")

    async def test_deletes_nothing_from_the_database(self, database: Database):
        history = History(database, max_tokens=10)

        await remember(history, *(exchange(f"Question {number}?") for number in range(5)))

        count = select(func.count()).select_from(Exchange)
        assert await database.run(lambda connection: connection.scalar(count)) == 5

    async def test_limits_how_much_history_is_read(self, database: Database):
        """The oldest rows cannot be read, because they hold a number that is too long for Python. The rows behind them
        can be read, but do not fit."""
        unreadable = text(
            "INSERT INTO exchanges (id, conversation_id, created_at, tokens, messages) "
            f"VALUES (:id, 'c', '2026-01-01', 10, '{'9' * (sys.get_int_max_str_digits() + 1)}')"
        )
        rows = [{"id": id} for id in range(-5000, 0)]
        await database.run(lambda connection: connection.execute(unreadable, rows))
        await remember(History(database, max_tokens=0), *[exchange("Old?")] * 50)
        history = History(database, max_tokens=estimate_tokens(exchange("New?")))

        await remember(history, exchange("New?"))

        assert await recall(history) == exchange("New?")


@pytest.mark.real_time
class TestAnswer:
    async def test_is_found_by_the_id_of_any_of_its_messages(self, database: Database):
        history = History(database, max_tokens=0)
        await remember_as(history, ["a1", "a2"], exchange("One", "Yes."))
        await remember_as(history, ["b1"], exchange("Two", "No."))

        assert await history.find_answer("c", "a2") == "Yes."
        assert await history.find_answer("c", "b1") == "No."
        assert await history.find_answer("c", "c1") is None
        assert await history.find_answer("d", "b1") is None

    @pytest.mark.slow
    async def test_is_found_in_a_long_history(self, database: Database):
        history = History(database, max_tokens=0)
        for number in range(400):
            await remember_as(history, [f"a{number}"], exchange("?", f"Answer {number}"))

        assert await history.find_answer("c", "a0") == "Answer 0"

    async def test_is_found_without_reading_other_exchanges(self, database: Database):
        """Another row cannot be read, because it holds a number that is too long for Python."""
        unreadable = text(
            "INSERT INTO exchanges (id, conversation_id, created_at, tokens, answer_ids, messages) "
            f"VALUES (:id, 'c', '2026-01-01', 10, :answer_ids, '[{'9' * (sys.get_int_max_str_digits() + 1)}]')"
        )
        rows = [{"id": id, "answer_ids": f'["{id}"]'} for id in range(-500, 0)]
        history = History(database, max_tokens=0)
        await remember_as(history, ["a"], exchange("?", "Answer"))
        await database.run(lambda connection: connection.execute(unreadable, rows))

        assert await history.find_answer("c", "a") == "Answer"
        assert await history.find_answer("c", "none") is None
        with pytest.raises(ValueError):
            await history.find_answer("c", "-1")


@pytest.mark.real_time
class TestNewConversation:
    async def test_does_not_change_when_an_earlier_one_ended(self, database: Database):
        history = History(database, max_tokens=1000)
        ended = select(Exchange.closed_at).order_by(Exchange.id)
        await remember(history, exchange("One"))
        await history.close("c")
        [before] = await database.run(lambda connection: connection.scalars(ended).all())
        await remember(history, exchange("Two"))

        await history.close("c")

        first, second = await database.run(lambda connection: connection.scalars(ended).all())
        assert first == before
        assert before and second and second > before


class TestEstimate:
    def test_counts_four_letters_or_one_other_character_as_a_token(self):
        alone = estimate_tokens([UserMessage("")])

        assert estimate_tokens([UserMessage("a" * 400)]) - alone == 100
        assert estimate_tokens([UserMessage("語" * 400)]) - alone == 400

    def test_counts_the_arguments_of_tool_calls(self):
        short = ModelMessage(None, [FunctionCall("1", "f", {})])
        long = ModelMessage(None, [FunctionCall("1", "f", {"text": "a" * 400})])

        assert estimate_tokens([long]) - estimate_tokens([short]) >= 100
