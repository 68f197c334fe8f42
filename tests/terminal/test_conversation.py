"""A conversation in the terminal as the user sees it, with a real bot between real servers."""

import asyncio
import io
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from doubles.files import picture
from doubles.lines import incident_in, line
from doubles.mcp_server import new_server, serving_mcp
from doubles.model_server import ModelServer
from doubles.terminal import Glass, screen_behind
from parley.language import localizer_for
from parley.terminal.bot_settings import load_settings
from parley.terminal.conversation import Conversation, Outcome, RefusedError, open_conversation
from parley.terminal.loopback import serving
from parley.terminal.screen import PlainScreen, Screen
from parley.terminal.user import User

ADA = User("ada", "en-GB", "Europe/London")


@pytest.fixture
def glass() -> Glass:
    return Glass()


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def err() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def pipe(out: io.StringIO, err: io.StringIO) -> PlainScreen:
    return PlainScreen(out, err)


@asynccontextmanager
async def conversing(
    environment: dict[str, str], tmp_path: Path, screen: Screen, user: User = ADA
) -> AsyncGenerator[Conversation]:
    settings = load_settings(environment, f"sqlite:///{tmp_path / 'chat.db'}")
    async with open_conversation(settings, user, screen) as conversation:
        yield conversation


@pytest.fixture
async def conversation(environment: dict[str, str], tmp_path: Path, glass: Glass) -> AsyncGenerator[Conversation]:
    async with conversing(environment, tmp_path, screen_behind(glass)) as conversation:
        yield conversation


async def interrupt(conversation: Conversation, after: float) -> Outcome:
    """Send a message and stop the answer after so many seconds."""
    asyncio.get_running_loop().call_later(after, conversation.stop)
    return await conversation.send("Go on")


async def test_a_text_grows_by_its_new_part(conversation: Conversation, model: ModelServer, glass: Glass):
    model.speaks("Once", 1.5, " upon", 1.5, " a time.")

    assert await conversation.send("Tell me a story") is Outcome.ANSWERED

    assert glass.pieces == ["Once", " upon", " a time.", "\r\n"]


async def test_each_word_is_shown_as_soon_as_it_comes(conversation: Conversation, model: ModelServer, glass: Glass):
    """Teams' pace is for Teams."""
    words = [f" word{number}" for number in range(100)]
    model.speaks(*[part for word in words for part in (0.05, word)])
    now = asyncio.get_running_loop().time
    started_at = now()

    await conversation.send("Tell me a story")

    assert len(glass.pieces) > 95 and now() - started_at == pytest.approx(5.0, abs=0.5)


async def test_a_long_answer_is_one_stream(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    """Teams would have closed it after two minutes."""
    model.speaks("Early words", 200.0, " and late ones.")

    async with conversing(environment | {"MODEL_STALL_TIMEOUT": "300"}, tmp_path, screen_behind(glass)) as conversation:
        await conversation.send("Take your time")

    assert glass.lines == ["Early words and late ones."]


async def test_the_status_is_shown_until_the_first_words(conversation: Conversation, model: ModelServer, glass: Glass):
    model.speaks(5.0, "At last.")

    await conversation.send("Take your time")

    assert line("thinking") in glass.pieces[0]
    assert glass.lines == ["At last."]


async def test_an_edited_question_is_answered_again(conversation: Conversation, model: ModelServer, glass: Glass):
    model.answers("Four.")
    await conversation.send("2 + 2")
    model.answers("Six.")
    await conversation.edit("3 + 3")

    assert glass.lines == ["Four.", "Six."]
    assert model.messages()[-1] == ("user", "3 + 3") and ("user", "2 + 2") not in model.messages()


async def test_without_a_message_there_is_nothing_to_edit(conversation: Conversation):
    with pytest.raises(RefusedError, match="no message"):
        await conversation.edit("3 + 3")


@pytest.mark.process
async def test_files_reach_the_model_as_those_of_teams_do(
    conversation: Conversation, model: ModelServer, tmp_path: Path
):
    notes, dot = tmp_path / "notes.md", tmp_path / "dot.png"
    notes.write_text("The password is swordfish.")
    dot.write_bytes(picture("PNG"))

    await conversation.send("Read these", [notes, dot])

    content = model.last["messages"][-1]["content"]
    assert "swordfish" in str(content) and [part["type"] for part in content].count("image_url") == 1


async def test_without_a_terminal_a_message_is_shown_once_when_whole(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, pipe: PlainScreen, out: io.StringIO
):
    model.speaks("Early **words**", 110.0, " and late ones.")

    async with conversing(environment | {"MODEL_STALL_TIMEOUT": "200"}, tmp_path, pipe) as conversation:
        await conversation.send("Take your time")

    assert out.getvalue() == "Early **words** and late ones.\n"


async def test_without_a_terminal_a_failure_is_no_answer(
    environment: dict[str, str],
    tmp_path: Path,
    model: ModelServer,
    pipe: PlainScreen,
    out: io.StringIO,
    err: io.StringIO,
):
    model.refuses(401, "invalid_api_key")

    async with conversing(environment, tmp_path, pipe) as conversation:
        assert await conversation.send("Hi") is Outcome.FAILED

    assert out.getvalue() == ""
    assert incident_in(err.getvalue().removesuffix("\n"), "model-rejected-credentials")


@pytest.mark.parametrize("kind", ["terminal", "pipe"])
async def test_control_sequences_are_not_sent_to_the_terminal(
    environment: dict[str, str],
    tmp_path: Path,
    model: ModelServer,
    glass: Glass,
    pipe: PlainScreen,
    out: io.StringIO,
    kind: str,
):
    model.answers("Red: \x1b[31m!\x07 Title: \x9d0;x\x9c\r\nEnd.")

    screen = screen_behind(glass) if kind == "terminal" else pipe
    async with conversing(environment, tmp_path, screen) as conversation:
        await conversation.send("Be nasty")

    shown = glass.text if kind == "terminal" else out.getvalue().removesuffix("\n")
    assert shown == "Red: �[31m!� Title: �0;x�\nEnd."


class TestStop:
    async def test_ends_the_answer_and_shows_the_prompt_at_once(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks("One", 2.0, " two.", *[part for _ in range(20) for part in (2.0, " more")])
        now = asyncio.get_running_loop().time
        started_at = now()

        outcome = await interrupt(conversation, after=3.0)

        assert (outcome, now() - started_at) == (Outcome.STOPPED, pytest.approx(3.0, abs=0.1))
        await asyncio.sleep(3.0)
        assert glass.lines == ["One two.", "(stopped)"]
        assert model.hung_up_at and model.hung_up_at - started_at < 6.0

    async def test_keeps_the_shown_text_in_the_memory_of_the_bot(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks("One", 2.0, " two.", 20.0, " three", 20.0, " four")
        await interrupt(conversation, after=3.0)

        model.answers("Five.")
        assert await conversation.send("And then?") is Outcome.ANSWERED

        assert glass.lines == ["One two.", "(stopped)", "Five."]
        assert [role for role, _ in model.messages()] == ["system", "user", "assistant", "user"]
        assert model.messages()[2][1].startswith("One two.\n")

    async def test_before_the_first_word_shows_nothing_of_the_answer(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks(10.0, "Too late.")
        await interrupt(conversation, after=0.5)

        model.answers("In time.")
        await conversation.send("Another one")

        assert glass.lines == ["(stopped)", "In time."]

    async def test_while_the_question_waits_withdraws_it(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks(20.0, "Too late.")
        await interrupt(conversation, after=0.5)
        await interrupt(conversation, after=0.5)

        model.answers("In time.")
        await conversation.send("Another one")

        assert len(model.requests) == 2 and glass.lines[-1] == "In time."


async def test_suggested_actions_come_with_the_welcome(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    screen = screen_behind(glass)
    async with conversing(environment, tmp_path, screen) as conversation:
        await conversation.install()
        starter = next(line for line in glass.lines if line.startswith("  2  ")).removeprefix("  2  ")
        await conversation.send(screen.resolve(" 2 "))

    assert starter and model.messages()[-1] == ("user", starter)


async def test_the_user_is_the_one_at_the_terminal(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, pipe: PlainScreen, out: io.StringIO
):
    async with conversing(environment, tmp_path, pipe, User("ada", "de-AT", "Europe/Vienna")) as conversation:
        await conversation.send("/help")

    assert localizer_for("de")("command-new") in out.getvalue() and not model.requests


async def test_a_user_that_teams_would_let_in_is_let_in(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, pipe: PlainScreen, out: io.StringIO
):
    tenants = ",".join(f"{letter * 8}-0000-4000-8000-{letter * 12}" for letter in "ba")
    async with conversing(environment | {"ALLOWED_TENANTS": tenants}, tmp_path, pipe) as conversation:
        await conversation.send("Hi")

    assert out.getvalue() == "OK.\n"


class TestOutcome:
    async def test_is_a_failure_when_the_model_fails(self, conversation: Conversation, model: ModelServer):
        model.refuses(401, "invalid_api_key")

        assert await conversation.send("Hi") is Outcome.FAILED
        model.answers("Fine.")
        assert await conversation.send("And now?") is Outcome.ANSWERED

    async def test_is_a_failure_when_a_handler_fails(
        self, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, model: ModelServer
    ):
        def fail(*_arguments: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("parley.handlers.context.Services.message_turn", fail)

        assert await conversation.send("Hi") is Outcome.FAILED

    async def test_is_an_answer_when_only_the_bookkeeping_fails(
        self,
        conversation: Conversation,
        monkeypatch: pytest.MonkeyPatch,
        model: ModelServer,
        glass: Glass,
        caplog: pytest.LogCaptureFixture,
    ):
        async def fail(*_arguments: object) -> None:
            raise SQLAlchemyError

        monkeypatch.setattr("parley.inbox.TurnStore.save_sent_ids", fail)

        assert await conversation.send("Hi") is Outcome.ANSWERED
        assert glass.lines == ["OK."] and "ERROR" in {record.levelname for record in caplog.records}

    async def test_is_an_answer_when_only_the_history_fails(
        self, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, model: ModelServer
    ):
        async def fail(*_arguments: object) -> None:
            raise SQLAlchemyError

        monkeypatch.setattr("parley.chat.memory.TurnMemory.save", fail)

        assert await conversation.send("Hi") is Outcome.ANSWERED


async def test_a_message_that_the_bot_refuses_is_reported(conversation: Conversation, model: ModelServer):
    with pytest.raises(RefusedError, match="413"):
        await conversation.send("x" * 2_000_000)

    assert await conversation.send("Hi") is Outcome.ANSWERED and model.messages()[-1] == ("user", "Hi")


async def test_credentials_for_teams_are_not_used(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pipe: PlainScreen,
    out: io.StringIO,
    model: ModelServer,
):
    """The SDK also reads them from the environment, and would get a token."""
    credentials = {"CLIENT_ID": "11111111-2222-3333-4444-555555555555", "CLIENT_SECRET": "s", "TENANT_ID": "t"}
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]

    async with conversing(environment | credentials, tmp_path, pipe) as conversation:
        await conversation.send("Hi")

    assert out.getvalue() == "OK.\n" and "CLIENT_SECRET" not in os.environ


async def test_the_first_question_has_the_tools_of_an_mcp_server(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, pipe: PlainScreen, out: io.StringIO
):
    async with serving_mcp(new_server()) as url:
        declared = json.dumps({"docs": {"url": url, "tools": ["add"]}})
        async with conversing(environment | {"MCP_SERVERS": declared}, tmp_path, pipe) as conversation:
            await conversation.send("Hi")

    assert "add" in [tool["function"]["name"] for tool in model.last["tools"]]


async def test_an_mcp_server_that_is_down_is_not_waited_for(
    environment: dict[str, str],
    tmp_path: Path,
    pipe: PlainScreen,
    out: io.StringIO,
    port: int,
    caplog: pytest.LogCaptureFixture,
):
    declared = json.dumps({"docs": {"url": f"http://127.0.0.1:{port}/mcp", "tools": ["add"]}})
    async with conversing(environment | {"MCP_SERVERS": declared}, tmp_path, pipe):
        assert "server docs down" in caplog.text


async def test_a_silent_mcp_server_is_not_waited_for_long(
    environment: dict[str, str],
    tmp_path: Path,
    pipe: PlainScreen,
    out: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    @asynccontextmanager
    async def open_never(*_arguments: object, **_options: object) -> AsyncGenerator[None]:
        await asyncio.sleep(3600)
        yield

    monkeypatch.setattr("parley.tools.mcp.connection.open_client", open_never)
    declared = json.dumps({"docs": {"url": "http://127.0.0.1:9/mcp", "tools": ["add"]}})
    now = asyncio.get_running_loop().time
    started_at = now()
    async with conversing(environment | {"MCP_SERVERS": declared}, tmp_path, pipe) as conversation:
        assert now() - started_at == pytest.approx(10.0, abs=1.0)
        await conversation.send("Hi")

    assert out.getvalue() == "OK.\n" and "without their tools: docs" in caplog.text


class TestLoopback:
    """The server that web pages and other users of the machine can reach."""

    @pytest.fixture
    async def url(self) -> AsyncGenerator[str]:
        app = FastAPI(openapi_url=None)

        @app.post("/v3/{rest:path}")
        async def take(rest: str) -> str:
            return rest

        async with serving(app) as url:
            yield url

    async def test_serves_who_knows_its_address(self, url: str):
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.post(f"{url}/v3/a%20b")).json() == "a b"

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/v3/a", {}),
            ("//v3/a", {}),
            ("/guess/v3/a", {}),
            ("/gu\u00e9ss/v3/a", {}),
            ("SECRET/v3/a", {"Host": "evil.example"}),
            ("SECRET/v3/a", {"Origin": "http://evil.example"}),
            ("SECRET/v3/a", {"Origin": "null"}),
        ],
    )
    async def test_serves_nobody_else(self, url: str, path: str, headers: dict[str, str]):
        origin, secret = url[: url.index("/", 8)], url[url.index("/", 8) :]
        async with httpx.AsyncClient(trust_env=False) as http:
            response = await http.post(origin + path.replace("SECRET", secret), headers=headers)

        assert response.status_code == 404
