"""A conversation in the terminal, as the person sees it, with a real bot between real servers."""

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

from doubles.lines import line
from doubles.mcp_server import new_server, serving_mcp
from doubles.model_server import ModelServer
from parley.language import localizer_for
from parley.terminal.loopback import serving
from parley.terminal.person import Person
from parley.terminal.screen import Choice, Display, Paper, Screen
from parley.terminal.talk import NotTakenError, Talk, load_settings, open_talk

ADA = Person("ada", "en-GB", "Europe/London")


class Glass(io.StringIO):
    """What a terminal is sent, piece by piece, and what stands on it in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return super().write(text)

    @property
    def lines(self) -> list[str]:
        """A line is written over from its beginning after each `\\r`."""
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
async def talking(
    environment: dict[str, str], tmp_path: Path, screen: Screen, person: Person = ADA
) -> AsyncGenerator[Talk]:
    settings = load_settings(environment, f"sqlite:///{tmp_path / 'chat.db'}")
    async with open_talk(settings, person, screen) as talk:
        yield talk


@pytest.fixture
async def talk(environment: dict[str, str], tmp_path: Path, glass: Glass) -> AsyncGenerator[Talk]:
    async with talking(environment, tmp_path, Display(glass)) as talk:
        yield talk


async def interrupt(talk: Talk, after: float) -> bool:
    """Ask, and stop the answer after so many seconds; returns whether it was through before."""
    asyncio.get_running_loop().call_later(after, talk.stop)
    return await talk.say("Go on")


async def test_a_text_grows_by_its_new_part(talk: Talk, model: ModelServer, glass: Glass):
    model.speaks("Once", 1.5, " upon", 1.5, " a time.")

    assert await talk.say("Tell me a story")

    assert glass.pieces == ["Once", " upon", " a time.", "\n"]


async def test_the_status_is_shown_until_the_first_words(talk: Talk, model: ModelServer, glass: Glass):
    model.speaks(5.0, "At last.")

    await talk.say("Take your time")

    assert glass.pieces[0] == f"{line('thinking')}\r"
    assert glass.lines == ["At last.", ""]


async def test_a_changed_message_is_shown_again_below_a_mark(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    """The time of a stream is over before the answer is whole."""
    model.speaks("Early words", 110.0, " and late ones.")

    async with talking(environment | {"MODEL_STALL_TIMEOUT": "200"}, tmp_path, Display(glass)) as talk:
        await talk.say("Take your time")

    assert glass.lines[:3] == ["Early words", "", line("still-writing")]
    assert glass.lines[3:] == ["--- changed to: ---", "Early words and late ones.", ""]


async def test_without_a_terminal_a_message_is_shown_once_when_whole(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    model.speaks("Early words", 110.0, " and late ones.")

    async with talking(environment | {"MODEL_STALL_TIMEOUT": "200"}, tmp_path, Paper(glass)) as talk:
        await talk.say("Take your time")

    assert glass.getvalue() == "Early words and late ones.\n"


@pytest.mark.parametrize("kind", [Display, Paper])
async def test_control_sequences_are_not_sent_to_the_terminal(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass, kind: type[Display] | type[Paper]
):
    model.answers("Red: \x1b[31m!\x07 Title: \x9d0;x\x9c\r\nEnd.")

    async with talking(environment, tmp_path, kind(glass)) as talk:
        await talk.say("Be nasty")

    assert glass.getvalue() == "Red: �[31m!� Title: �0;x�\nEnd.\n"


class TestStop:
    async def test_ends_the_answer_and_shows_the_prompt_at_once(self, talk: Talk, model: ModelServer, glass: Glass):
        model.speaks("One", 2.0, " two", *[part for _ in range(20) for part in (2.0, " more")])
        now = asyncio.get_running_loop().time
        started_at = now()

        is_through = await interrupt(talk, after=3.0)

        assert (is_through, now() - started_at) == (False, pytest.approx(3.0, abs=0.1))
        await asyncio.sleep(3.0)
        assert glass.lines == ["One two (stopped)", ""]
        assert model.hung_up_at and model.hung_up_at - started_at < 6.0

    async def test_keeps_the_shown_text_in_the_memory_of_the_bot(self, talk: Talk, model: ModelServer, glass: Glass):
        model.speaks("One", 2.0, " two", 20.0, " three", 20.0, " four")
        await interrupt(talk, after=3.0)

        model.answers("Five.")
        assert await talk.say("And then?")

        assert glass.lines == ["One two (stopped)", "Five.", ""]
        assert [role for role, _ in model.messages()] == ["system", "user", "assistant", "user"]
        assert model.messages()[2][1].startswith("One two\n")

    async def test_before_the_first_word_shows_nothing_of_the_answer(
        self, talk: Talk, model: ModelServer, glass: Glass
    ):
        model.speaks(10.0, "Too late.")
        await interrupt(talk, after=0.5)

        model.answers("In time.")
        await talk.say("Another one")

        assert glass.lines == [" (stopped)", "In time.", ""]

    async def test_while_the_question_waits_withdraws_it(self, talk: Talk, model: ModelServer, glass: Glass):
        model.speaks(20.0, "Too late.")
        await interrupt(talk, after=0.5)
        await interrupt(talk, after=0.5)

        model.answers("In time.")
        await talk.say("Another one")

        assert len(model.requests) == 2 and glass.lines[-2:] == ["In time.", ""]


class TestChoices:
    async def test_come_with_the_welcome_and_are_chosen_by_number(
        self, environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
    ):
        screen = Display(glass)
        async with talking(environment, tmp_path, screen) as talk:
            await talk.begin()
            starter = next(line for line in glass.lines if line.startswith("  2  ")).removeprefix("  2  ")
            await talk.say(screen.read(" 2 "))

        assert starter and model.messages()[-1] == ("user", starter)

    async def test_that_are_not_offered_cannot_be_chosen(self):
        screen = Display(Glass())
        screen.offer([])

        assert [screen.read(line) for line in ("1", "0", "two", "²")] == ["1", "0", "two", "²"]

    async def test_ignore_a_very_long_number(self):
        screen, number = Display(Glass()), "9" * 5000
        screen.offer([Choice("One", "The first")])

        assert screen.read(number) == number


async def test_the_user_is_the_one_at_the_terminal(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    async with talking(environment, tmp_path, Paper(glass), Person("ada", "de-AT", "Europe/Vienna")) as talk:
        await talk.say("/help")

    assert localizer_for("de")("command-new") in glass.getvalue() and not model.requests


async def test_a_user_that_teams_would_let_in_is_let_in(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    tenants = ",".join(f"{letter * 8}-0000-4000-8000-{letter * 12}" for letter in "ba")
    async with talking(environment | {"ALLOWED_TENANTS": tenants}, tmp_path, Paper(glass)) as talk:
        await talk.say("Hi")

    assert glass.getvalue() == "OK.\n"


async def test_a_message_that_the_bot_refuses_is_reported(talk: Talk, model: ModelServer):
    with pytest.raises(NotTakenError, match="413"):
        await talk.say("x" * 2_000_000)

    assert await talk.say("Hi") and model.messages()[-1] == ("user", "Hi")


async def test_credentials_for_teams_are_not_used(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, glass: Glass, model: ModelServer
):
    """The SDK would find them in the environment, too, and get a token that nobody here has asked for."""
    credentials = {"CLIENT_ID": "11111111-2222-3333-4444-555555555555", "CLIENT_SECRET": "s", "TENANT_ID": "t"}
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]

    async with talking(environment | credentials, tmp_path, Paper(glass)) as talk:
        await talk.say("Hi")

    assert glass.getvalue() == "OK.\n" and "CLIENT_SECRET" not in os.environ


async def test_the_first_question_has_the_tools_of_an_mcp_server(
    environment: dict[str, str], tmp_path: Path, model: ModelServer, glass: Glass
):
    async with serving_mcp(new_server()) as url:
        declared = json.dumps({"docs": {"url": url, "tools": ["add"]}})
        async with talking(environment | {"MCP_SERVERS": declared}, tmp_path, Paper(glass)) as talk:
            await talk.say("Hi")

    assert "add" in [tool["function"]["name"] for tool in model.last["tools"]]


async def test_an_mcp_server_that_is_down_is_not_waited_for(
    environment: dict[str, str], tmp_path: Path, glass: Glass, port: int, caplog: pytest.LogCaptureFixture
):
    declared = json.dumps({"docs": {"url": f"http://127.0.0.1:{port}/mcp", "tools": ["add"]}})
    async with talking(environment | {"MCP_SERVERS": declared}, tmp_path, Paper(glass)):
        assert "docs is down" in caplog.text


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
    async with talking(environment | {"MCP_SERVERS": declared}, tmp_path, Paper(glass)) as talk:
        assert now() - started_at == pytest.approx(10.0, abs=1.0)
        await talk.say("Hi")

    assert glass.getvalue() == "OK.\n" and "not there yet: docs" in caplog.text


class TestLoopback:
    """What pages in a browser, and other users of the machine, can reach."""

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
