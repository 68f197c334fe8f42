"""The prompt of one turn, with its tools and its memory."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from microsoft_teams.ai import Function, ModelMessage, UserMessage
from sqlalchemy import select

from doubles.model_server import ModelServer
from parley.chat import Chat, History
from parley.models import open_model
from parley.models.errors import AnswerLostError, NotRememberedError
from parley.settings import Settings
from parley.storage import Database, open_database
from parley.storage.tables import Exchange
from parley.tools import NO_CONTEXT, ToolContext
from parley.tools.sources import Source


@dataclass
class Asking:
    """A turn of the conversation "c"."""

    message_id: str
    answer_ids: list[str] = field(default_factory=list[str])
    announce: Callable[[str], Awaitable[None]] | None = None
    conversation_id: str = "c"
    user_id: str = "ada"
    in_group: bool = False
    tool_context: ToolContext = NO_CONTEXT
    usage: list[int] = field(default_factory=list[int])

    async def on_tool(self, name: str) -> None:
        if self.announce:
            await self.announce(name)

    def on_usage(self, tokens: int) -> None:
        self.usage.append(tokens)

    def cite(self, source: Source) -> int:
        return 1


async def look_up() -> str:
    return "42"


LOOK_UP = Function("look_up", "Looks up.", None, look_up)


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    async with open_database(Settings.load(environment).database_url) as engine:
        yield engine


@pytest.fixture(params=[True, False], ids=["stateful", "stateless"])
async def chat(request: pytest.FixtureRequest, environment: dict[str, str], database: Database) -> AsyncIterator[Chat]:
    """The chat of the bot, with a tool of the tests."""
    async with open_model(Settings.load(environment)) as model:
        yield Chat(
            model=model,
            model_name="scripted",
            instructions="Be brief.",
            answer_format="Use Markdown.",
            history=History(database, max_tokens=1000),
            stateful=request.param,
            tools=[LOOK_UP],
        )


stateful = pytest.mark.parametrize("chat", [True], indirect=True)


class TestReportedUsage:
    async def test_is_reported_for_each_request(self, chat: Chat, model: ModelServer):
        model.calls(("call-1", "look_up", "{}"), usage=(100, 20))
        model.answers("42.", usage=(130, 5))
        turn, other = Asking("1"), Asking("2")

        async with chat.prompt(turn) as prompt, chat.prompt(other):
            await prompt.send("Hi")

        assert (turn.usage, other.usage) == ([120, 135], [])

    async def test_is_estimated_for_a_lost_answer(self, chat: Chat, model: ModelServer):
        model.breaks_off_after("Half of ")
        turn = Asking("1")

        with pytest.raises(AnswerLostError):
            async with chat.prompt(turn) as prompt:
                await prompt.send("Hi", on_chunk=list[str]().append)

        assert len(turn.usage) == 1 and turn.usage[0] > 0


class TestTools:
    async def test_are_offered_to_the_model(self, chat: Chat, model: ModelServer):
        async with chat.prompt(Asking("1")) as prompt:
            await prompt.send("Hi")

        assert [tool["function"]["name"] for tool in model.last["tools"]] == ["look_up"]

    async def test_are_announced_just_before_they_run(self, chat: Chat, model: ModelServer):
        model.calls(("call-1", "look_up", "{}"))
        announced: list[tuple[str, int]] = []

        async def on_tool(name: str) -> None:
            announced.append((name, len(model.requests)))

        async with chat.prompt(Asking("1", announce=on_tool)) as prompt:
            await prompt.send("Hi")

        assert announced == [("look_up", 1)]
        assert model.messages()[-1] == ("tool", "42")

    async def test_run_even_when_the_announcement_fails(self, chat: Chat, model: ModelServer):
        model.calls(("call-1", "look_up", "{}"))

        async def on_tool(_name: str) -> None:
            raise RuntimeError("Teams refuses")

        async with chat.prompt(Asking("1", announce=on_tool)) as prompt:
            await prompt.send("Hi")

        assert model.messages()[-1] == ("tool", "42")

    async def test_do_not_run_when_the_user_stops_during_the_announcement(self, chat: Chat, model: ModelServer):
        model.calls(("call-1", "look_up", "{}"), ("call-2", "look_up", "{}"))
        announced = asyncio.Event()

        async def on_tool(_name: str) -> None:
            announced.set()
            await asyncio.Event().wait()

        async def ask() -> None:
            async with chat.prompt(Asking("1", announce=on_tool)) as prompt:
                await prompt.send("Hi")

        turn = asyncio.create_task(ask())
        await announced.wait()
        turn.cancel()

        with pytest.raises(asyncio.CancelledError):
            await turn
        assert len(model.requests) == 1

    async def test_that_block_delay_neither_the_bot_nor_each_other(self, chat: Chat, model: ModelServer):
        both_run = threading.Barrier(2)

        def meet() -> str:
            both_run.wait(timeout=10)
            return "met"

        model.calls(("call-1", "meet", "{}"), ("call-2", "meet", "{}"))

        async with replace(chat, tools=[Function("meet", "Meets.", None, meet)]).prompt(Asking("1")) as prompt:
            await prompt.send("Meet")

        assert model.messages()[-2:] == [("tool", "met")] * 2


class TestUsage:
    @stateful
    async def test_is_stored_with_the_exchange(self, chat: Chat, database: Database, model: ModelServer):
        model.calls(("call-1", "look_up", "{}"), usage=(100, 20))
        model.answers("42.", usage=(130, 5))

        async with chat.prompt(Asking("1")) as prompt:
            await prompt.send("Hi")

        counted = select(Exchange.input_tokens, Exchange.output_tokens)
        rows = await database.run(lambda connection: connection.execute(counted).all())
        assert [tuple(row) for row in rows] == [(230, 25)]

    @stateful
    async def test_does_not_change_the_stored_messages(self, chat: Chat, database: Database, model: ModelServer):
        model.answers("Hello.", usage=(10, 2))

        async with chat.prompt(Asking("1")) as prompt:
            await prompt.send("Hi")

        [messages] = await database.run(lambda connection: connection.scalars(select(Exchange.messages)).all())
        assert messages == [
            {"content": "Hi", "role": "user"},
            {"content": "Hello.", "function_calls": None, "id": None, "role": "model"},
        ]

    @stateful
    async def test_is_null_where_the_server_reports_none(self, chat: Chat, database: Database):
        async with chat.prompt(Asking("1")) as prompt:
            await prompt.send("Hi")

        counted = select(Exchange.input_tokens, Exchange.output_tokens)
        rows = await database.run(lambda connection: connection.execute(counted).all())
        assert [tuple(row) for row in rows] == [(None, None)]


class TestProvenance:
    async def test_is_stored_with_the_answer(self, chat: Chat, database: Database):
        answer_ids = ["message-1"]
        async with chat.prompt(Asking("1", answer_ids=answer_ids)) as prompt:
            await prompt.send("Hi")
            answer_ids.append("message-2")

        stored = select(Exchange.model, Exchange.instructions_version, Exchange.answer_ids)
        [row] = await database.run(lambda connection: connection.execute(stored).all())
        assert row.model == "scripted" and row.answer_ids == ["message-1", "message-2"]
        assert row.instructions_version == hashlib.sha256(b"Be brief.").hexdigest()[:12]

    async def test_includes_the_latency_of_the_answer(self, chat: Chat, database: Database):
        async with chat.prompt(Asking("1")) as prompt:
            await prompt.send("Hi")
            await asyncio.sleep(3)

        stored = select(Exchange.latency)
        latency = await database.run(lambda connection: connection.scalar(stored))
        assert latency == pytest.approx(3, abs=0.5)


class TestInterruptedAnswer:
    @stateful
    async def test_is_remembered_as_shown_and_marked(self, chat: Chat, model: ModelServer):
        await chat.remember_stopped(Asking("1"), UserMessage("Tell me a story"), "Once upon a")

        async with chat.prompt(Asking("2")) as prompt:
            await prompt.send("Go on")

        assert model.messages() == [
            ("user", "Tell me a story"),
            ("assistant", "Once upon a\n\n[The user stopped the answer here.]"),
            ("user", "Go on"),
        ]

    @stateful
    @pytest.mark.parametrize("shown", ["", " \n"])
    async def test_is_not_remembered_when_nothing_was_shown(self, chat: Chat, shown: str):
        await chat.remember_stopped(Asking("1"), UserMessage("Tell me a story"), shown)

        async with chat.history.open_memory("c", "2") as memory:
            assert await memory.get_all() == []

    @pytest.mark.parametrize("chat", [False], indirect=True)
    async def test_is_not_remembered_without_a_memory(self, chat: Chat, model: ModelServer):
        await chat.remember_stopped(Asking("1"), UserMessage("Tell me a story"), "Once upon a")

        async with chat.prompt(Asking("2")) as prompt:
            await prompt.send("Go on")

        assert model.messages() == [("user", "Go on")]

    @stateful
    async def test_that_cannot_be_stored_raises_an_error(self, chat: Chat, database: Database):
        await database.run(lambda connection: connection.exec_driver_sql("DROP TABLE exchanges"))

        with pytest.raises(NotRememberedError):
            await chat.remember_stopped(Asking("1"), UserMessage("Tell me a story"), "Once upon a")

    @stateful
    async def test_is_stored_after_earlier_messages(self, chat: Chat):
        async with chat.history.open_memory("c", "1") as memory:
            await memory.push(UserMessage("One"))
            await memory.push(ModelMessage("OK.", None))

        await chat.remember_stopped(Asking("2"), UserMessage("Two"), "Half")

        async with chat.history.open_memory("c", "3") as memory:
            assert [message.content for message in await memory.get_all()][:3] == ["One", "OK.", "Two"]
