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

from doubles.lines import line
from doubles.mcp_server import new_server, serving_mcp
from doubles.model_server import ModelServer
from parley.language import localizer_for
from parley.terminal.conversation import Conversation, Outcome, RefusedError, load_settings, open_conversation
from parley.terminal.loopback import serving
from parley.terminal.screen import PlainScreen, Screen, SuggestedAction, TerminalScreen
from parley.terminal.user import User

ADA = User("ada", "en-GB", "Europe/London")


class Glass(io.StringIO):
    """The output to a terminal, in pieces, and the lines that it shows in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return super().write(text)

    @property
    def lines(self) -> list[str]:
        """The lines. After each `\\r` the terminal writes over the line from its beginning."""
        lines: list[str] = []
        for written in self.getvalue().split("\n"):
            shown = ""
            for layer in written.split("\r"):
                shown = layer + shown[len(layer) :]
            lines.append(shown.rstrip())
        return lines


@pytest.fixture
def glass() -> Glass:
    return Glass()


@asynccontextmanager
async def conversing(
    environment: dict[str, str], tmp_path: Path, screen: Screen, user: User = ADA
) -> AsyncGenerator[Conversation]:
    settings = load_settings(environment, f"sqlite:///{tmp_path / 'chat.db'}")
    async with open_conversation(settings, user, screen) as conversation:
        yield conversation


@pytest.fixture
async def conversation(environment: dict[str, str], tmp_path: Path, glass: Glass) -> AsyncGenerator[Conversation]:
    async with conversing(environment, tmp_path, TerminalScreen(glass)) as conversation:
        yield conversation


async def interrupt(conversation: Conversation, after: float) -> Outcome:
    """Send a message and stop the answer after so many seconds."""
    asyncio.get_running_loop().call_later(after, conversation.stop)
    return await conversation.send("Go on")


async def test_a_text_grows_by_its_new_part(conversation: Conversation, model: ModelServer, glass: Glass):
    model.speaks("Once", 1.5, " upon", 1.5, " a time.")

    assert await conversation.send("Tell me a story") is Outcome.ANSWERED

    assert glass.pieces == ["Once", " upon", " a time.", "\n"]


async def test_the_status_is_shown_until_the_first_words(conversation: Conversation, model: ModelServer, glass: Glass):
    model.speaks(5.0, "At last.")

    await conversation.send("Take your time")

    assert glass.pieces[0] == f"{line('thinking')}\r"
    assert glass.lines == ["At last.", ""]


async def test_a_changed_message_is_shown_again_below_a_mark(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    """The time of a stream is over before the answer is whole."""
    model.speaks("Early words", 110.0, " and late ones.")

    async with conversing(
        environment | {"MODEL_STALL_TIMEOUT": "200"}, tmp_path, TerminalScreen(glass)
    ) as conversation:
        await conversation.send("Take your time")

    assert glass.lines[:3] == ["Early words", "", line("still-writing")]
    assert glass.lines[3:] == ["--- changed to: ---", "Early words and late ones.", ""]


async def test_without_a_terminal_a_message_is_shown_once_when_whole(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    model.speaks("Early words", 110.0, " and late ones.")

    async with conversing(environment | {"MODEL_STALL_TIMEOUT": "200"}, tmp_path, PlainScreen(glass)) as conversation:
        await conversation.send("Take your time")

    assert glass.getvalue() == "Early words and late ones.\n"


@pytest.mark.parametrize("kind", [TerminalScreen, PlainScreen])
async def test_control_sequences_are_not_sent_to_the_terminal(
    environment: dict[str, str],
    tmp_path: Path,
    model: ModelServer,
    glass: Glass,
    kind: type[TerminalScreen] | type[PlainScreen],
):
    model.answers("Red: \x1b[31m!\x07 Title: \x9d0;x\x9c\r\nEnd.")

    async with conversing(environment, tmp_path, kind(glass)) as conversation:
        await conversation.send("Be nasty")

    assert glass.getvalue() == "Red: �[31m!� Title: �0;x�\nEnd.\n"


class TestStop:
    async def test_ends_the_answer_and_shows_the_prompt_at_once(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks("One", 2.0, " two", *[part for _ in range(20) for part in (2.0, " more")])
        now = asyncio.get_running_loop().time
        started_at = now()

        outcome = await interrupt(conversation, after=3.0)

        assert (outcome, now() - started_at) == (Outcome.STOPPED, pytest.approx(3.0, abs=0.1))
        await asyncio.sleep(3.0)
        assert glass.lines == ["One two (stopped)", ""]
        assert model.hung_up_at and model.hung_up_at - started_at < 6.0

    async def test_keeps_the_shown_text_in_the_memory_of_the_bot(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks("One", 2.0, " two", 20.0, " three", 20.0, " four")
        await interrupt(conversation, after=3.0)

        model.answers("Five.")
        assert await conversation.send("And then?") is Outcome.ANSWERED

        assert glass.lines == ["One two (stopped)", "Five.", ""]
        assert [role for role, _ in model.messages()] == ["system", "user", "assistant", "user"]
        assert model.messages()[2][1].startswith("One two\n")

    async def test_before_the_first_word_shows_nothing_of_the_answer(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks(10.0, "Too late.")
        await interrupt(conversation, after=0.5)

        model.answers("In time.")
        await conversation.send("Another one")

        assert glass.lines == [" (stopped)", "In time.", ""]

    async def test_while_the_question_waits_withdraws_it(
        self, conversation: Conversation, model: ModelServer, glass: Glass
    ):
        model.speaks(20.0, "Too late.")
        await interrupt(conversation, after=0.5)
        await interrupt(conversation, after=0.5)

        model.answers("In time.")
        await conversation.send("Another one")

        assert len(model.requests) == 2 and glass.lines[-2:] == ["In time.", ""]


class TestSuggestedActions:
    async def test_come_with_the_welcome_and_are_chosen_by_number(
        self, environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
    ):
        screen = TerminalScreen(glass)
        async with conversing(environment, tmp_path, screen) as conversation:
            await conversation.install()
            starter = next(line for line in glass.lines if line.startswith("  2  ")).removeprefix("  2  ")
            await conversation.send(screen.resolve(" 2 "))

        assert starter and model.messages()[-1] == ("user", starter)

    async def test_that_are_not_offered_cannot_be_chosen(self):
        screen = TerminalScreen(Glass())
        screen.suggest([])

        assert [screen.resolve(line) for line in ("1", "0", "two", "²")] == ["1", "0", "two", "²"]

    async def test_ignore_a_very_long_number(self):
        screen, number = TerminalScreen(Glass()), "9" * 5000
        screen.suggest([SuggestedAction("One", "The first")])

        assert screen.resolve(number) == number


async def test_the_user_is_the_one_at_the_terminal(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    async with conversing(
        environment, tmp_path, PlainScreen(glass), User("ada", "de-AT", "Europe/Vienna")
    ) as conversation:
        await conversation.send("/help")

    assert localizer_for("de")("command-new") in glass.getvalue() and not model.requests


async def test_a_user_that_teams_would_let_in_is_let_in(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    tenants = ",".join(f"{letter * 8}-0000-4000-8000-{letter * 12}" for letter in "ba")
    async with conversing(environment | {"ALLOWED_TENANTS": tenants}, tmp_path, PlainScreen(glass)) as conversation:
        await conversation.send("Hi")

    assert glass.getvalue() == "OK.\n"


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
        assert glass.lines == ["OK.", ""] and "ERROR" in {record.levelname for record in caplog.records}

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
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, glass: Glass, model: ModelServer
):
    """The SDK also reads them from the environment, and would get a token."""
    credentials = {"CLIENT_ID": "11111111-2222-3333-4444-555555555555", "CLIENT_SECRET": "s", "TENANT_ID": "t"}
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]

    async with conversing(environment | credentials, tmp_path, PlainScreen(glass)) as conversation:
        await conversation.send("Hi")

    assert glass.getvalue() == "OK.\n" and "CLIENT_SECRET" not in os.environ


async def test_the_first_question_has_the_tools_of_an_mcp_server(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    async with serving_mcp(new_server()) as url:
        declared = json.dumps({"docs": {"url": url, "tools": ["add"]}})
        async with conversing(environment | {"MCP_SERVERS": declared}, tmp_path, PlainScreen(glass)) as conversation:
            await conversation.send("Hi")

    assert "add" in [tool["function"]["name"] for tool in model.last["tools"]]


async def test_an_mcp_server_that_is_down_is_not_waited_for(
    environment: dict[str, str], tmp_path: Path, glass: Glass, port: int, caplog: pytest.LogCaptureFixture
):
    declared = json.dumps({"docs": {"url": f"http://127.0.0.1:{port}/mcp", "tools": ["add"]}})
    async with conversing(environment | {"MCP_SERVERS": declared}, tmp_path, PlainScreen(glass)):
        assert "server docs down" in caplog.text


async def test_a_silent_mcp_server_is_not_waited_for_long(
    environment: dict[str, str],
    tmp_path: Path,
    glass: Glass,
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
    async with conversing(environment | {"MCP_SERVERS": declared}, tmp_path, PlainScreen(glass)) as conversation:
        assert now() - started_at == pytest.approx(10.0, abs=1.0)
        await conversation.send("Hi")

    assert glass.getvalue() == "OK.\n" and "without their tools: docs" in caplog.text


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
