"""Two tables of faults, and the messages that the user sees after each.

`FAULTS` has the faults of the model. Each row names

- the fault,
- the script of the model that causes it,
- the messages that the user sees: the answer or its beginning, a line of the bot, or both,
- and, if the answer fails, the error that the log shows with the id of the line.

Each row is tested in a 1:1 chat and in a group, with both APIs of OpenAI, between two messages without a fault. The
message after the fault must be answered normally, with a history of whole exchanges.

`FAULTS_OF_TEAMS` has the faults of Teams. Each row has the name of the fault, the call that causes it while the model
answers "One, two, three.", and the messages that the user finally sees, in a 1:1 chat and in a group.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from microsoft_teams.ai import Function

from doubles.bot import BOT_ID, Bot, run_bot
from doubles.connector import Connector
from doubles.lines import incident_in, line
from doubles.model_server import ModelServer
from parley.language import LineId
from parley.tools import TOOLS


@dataclass(frozen=True)
class Fault:
    """A row of the table."""

    name: str
    happens: Callable[[ModelServer], object]
    times: int = 1
    """The number of consecutive requests with the fault."""
    answer: str = ""
    line: LineId | None = None
    """The id of the line that the bot adds. The line of a failure ends with the id of the incident."""
    cause: str | None = None
    """The class of the error. None: the answer does not fail, and is remembered."""
    logs_error: bool = False
    """True if the log has an error although the answer has arrived."""


def call_tool(model: ModelServer, arguments: str = "{}", name: str = "current_time") -> None:
    model.calls(("call-1", name, arguments))


FAULTS = [
    Fault(
        "the key is wrong",
        lambda model: model.refuses(401, "invalid_api_key"),
        line="model-rejected-credentials",
        cause="AuthenticationError",
    ),
    Fault(
        "the key has no access to the model",
        lambda model: model.refuses(403, "forbidden"),
        line="model-rejected-credentials",
        cause="PermissionDeniedError",
    ),
    Fault(
        "the model or the deployment is unknown",
        lambda model: model.refuses(404, "model_not_found"),
        line="model-not-found",
        cause="NotFoundError",
    ),
    Fault(
        "the request is refused",
        lambda model: model.refuses(400, "unsupported_value"),
        line="model-rejected-request",
        cause="BadRequestError",
    ),
    Fault(
        "the quota is used up",
        lambda model: model.refuses(429, "insufficient_quota"),
        line="model-quota",
        cause="RateLimitError",
    ),
    Fault(
        "the rate limit is reached for a moment",
        lambda model: model.refuses_for_now(429, "rate_limit_exceeded", retry_after=3),
        times=2,
        answer="OK.",
    ),
    Fault(
        "the rate limit is reached for longer",
        lambda model: model.refuses_for_now(429, "rate_limit_exceeded", retry_after=3),
        times=3,
        line="model-busy",
        cause="RateLimitError",
    ),
    Fault(
        "the rate limit is reached for minutes",
        lambda model: model.refuses_for_now(429, "rate_limit_exceeded", retry_after=100),
        line="model-busy",
        cause="RateLimitError",
    ),
    Fault(
        "the server fails for a moment",
        lambda model: model.refuses_for_now(500, "server_error"),
        times=2,
        answer="OK.",
    ),
    Fault(
        "the server fails for longer",
        lambda model: model.refuses_for_now(500, "server_error"),
        times=3,
        line="model-failed",
        cause="InternalServerError",
    ),
    Fault(
        "the server fails in the middle of the answer",
        lambda model: model.fails_after("The answer is "),
        answer="The answer is ",
        line="model-failed",
        cause="APIError",
    ),
    Fault(
        "the history is too long",
        lambda model: model.refuses(400, "context_length_exceeded"),
        answer="OK.",
    ),
    Fault(
        "the question is too long",
        lambda model: model.refuses(400, "context_length_exceeded"),
        times=2,
        line="context-too-long",
        cause="ContextTooLongError",
    ),
    Fault(
        "the content filter refuses the question",
        lambda model: model.refuses(400, "content_filter"),
        line="question-filtered",
        cause="QuestionFilteredError",
    ),
    Fault(
        "the content filter ends the answer",
        lambda model: model.is_filtered_after("The answer is "),
        answer="The answer is ",
        line="answer-filtered",
        cause="AnswerFilteredError",
    ),
    Fault(
        "the answer reaches the token limit",
        lambda model: model.is_cut_off_after("The answer is ", "fo"),
        answer="The answer is fo",
        line="cut-off",
    ),
    Fault(
        "the answer is empty",
        lambda model: model.answers(),
        line="empty-answer",
        cause="EmptyAnswerError",
    ),
    Fault(
        "the answer is blank",
        lambda model: model.answers("  ", "\n"),
        line="empty-answer",
        cause="EmptyAnswerError",
    ),
    Fault(
        "the model takes too long to its first word",
        lambda model: model.hangs(),
        line="model-slow",
        cause="FirstWordTimeoutError",
    ),
    Fault(
        "the model begins its response, but sends no event",
        lambda model: model.stalls_after(),
        line="model-slow",
        cause="FirstWordTimeoutError",
    ),
    Fault(
        "the model falls silent in the middle of the answer",
        lambda model: model.stalls_after("The answer is "),
        answer="The answer is ",
        line="answer-stalled",
        cause="AnswerStalledError",
    ),
    Fault(
        "the connection is lost before the first word, twice",
        lambda model: model.breaks_off_after(),
        times=2,
        answer="OK.",
    ),
    Fault(
        "the connection is lost before the first word, every time",
        lambda model: model.breaks_off_after(),
        times=3,
        line="model-unreachable",
        cause="APIConnectionError",
    ),
    Fault(
        "the connection is lost in the middle of the answer",
        lambda model: model.breaks_off_after("The answer is "),
        answer="The answer is ",
        line="answer-lost",
        cause="AnswerLostError",
    ),
    Fault(
        "the response ends before the answer",
        lambda model: model.ends_early_after("The answer is "),
        answer="The answer is ",
        line="answer-lost",
        cause="AnswerLostError",
    ),
    Fault(
        "an event is no JSON",
        lambda model: model.sends_after(data="<html>"),
        line="answer-malformed",
        cause="MalformedAnswerError",
    ),
    Fault(
        "an event is damaged, in the middle of the answer",
        lambda model: model.sends_after("The answer is ", data="{not JSON"),
        answer="The answer is ",
        line="answer-malformed",
        cause="MalformedAnswerError",
    ),
    Fault(
        "the address is not that of the API",
        lambda model: model.refuses(405, "405", "Method Not Allowed"),
        line="model-not-found",
        cause="APIStatusError",
    ),
    Fault(
        "the address leads to a web page",
        lambda model: model.answers_without_a_stream("<html>Hello</html>", "text/html"),
        line="answer-malformed",
        cause="MalformedAnswerError",
    ),
    Fault(
        "the bill is not paid",
        lambda model: model.refuses(402, "402", "Insufficient credits"),
        line="model-quota",
        cause="APIStatusError",
    ),
    Fault(
        "the rate limit is reached within the stream, for a moment",
        lambda model: model.fails_after(code="429"),
        times=2,
        answer="OK.",
    ),
    Fault(
        "the rate limit is reached within the stream, for longer",
        lambda model: model.fails_after(code="429"),
        times=3,
        line="model-busy",
        cause="APIError",
    ),
    Fault(
        "the request is too large",
        lambda model: model.refuses(413, "413", "Request Entity Too Large"),
        times=2,
        line="context-too-long",
        cause="ContextTooLongError",
    ),
    Fault(
        "hidden reasoning uses up the token limit",
        lambda model: model.is_cut_off_after(),
        line="no-tokens-left",
        cause="NoTokensLeftError",
    ),
    Fault(
        "an emoji is split",
        lambda model: model.answers("Hi \ud83d", "\ude00"),
        answer="Hi 😀",
    ),
    Fault(
        "a character is broken",
        lambda model: model.answers("Hi \ud83d"),
        answer="Hi \ufffd",
    ),
    Fault(
        "the model sends only empty pieces, in the middle of the answer",
        lambda model: model.speaks("The answer is ", *[5, ""] * 10),
        answer="The answer is ",
        line="answer-stalled",
        cause="AnswerStalledError",
    ),
    Fault(
        "the answer has ended, but the connection stays open",
        lambda model: model.answers("OK.", stays_open=True),
        answer="OK.",
    ),
    Fault(
        "the connection is lost within a tool call",
        lambda model: model.breaks_off_after(calls=[("call-1", "current_time", "{}")]),
        answer="OK.",
    ),
    Fault(
        "the model calls an unknown tool",
        lambda model: call_tool(model, name="nonsense"),
        answer="OK.",
    ),
    Fault(
        "the arguments of a tool are no JSON",
        lambda model: call_tool(model, '{"time_zone": '),
        answer="OK.",
    ),
    Fault(
        "the arguments of a tool do not fit",
        lambda model: call_tool(model, '{"time_zone": 5}'),
        answer="OK.",
    ),
    Fault(
        "a tool fails",
        lambda model: call_tool(model, name="broken"),
        answer="OK.",
        logs_error=True,
    ),
    Fault(
        "a tool is cancelled from within",
        lambda model: call_tool(model, name="cancelled"),
        answer="OK.",
        logs_error=True,
    ),
    Fault(
        "a tool does not end, and ignores its cancellation",
        lambda model: call_tool(model, name="stubborn"),
        answer="OK.",
    ),
    Fault(
        "the model calls tools although the request has none",
        call_tool,
        times=9,
        answer="OK.",
    ),
    Fault(
        "the model calls tools without end",
        call_tool,
        times=10,
        line="endless-tool-calls",
        cause="EndlessToolCallsError",
    ),
]


def cases() -> Iterator[object]:
    for fault in FAULTS:
        for place, api in product(("personal", "group"), ("completions", "responses")):
            yield pytest.param({"OPENAI_API": api}, place, fault, id=f"{fault.name}-{place}-{api}")


async def broken() -> str:
    raise RuntimeError


async def cancelled() -> str:
    raise asyncio.CancelledError


async def stubborn() -> str:
    for _ in range(10):
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(50)
    return "late"


@pytest.fixture
def tools() -> list[Function[Any]]:
    """The tools of the bot, and some that fail."""
    failing = [Function(tool.__name__, "Fails.", None, tool) for tool in (broken, cancelled, stubborn)]
    return [*TOOLS, *failing]


@pytest.fixture
def environment(environment: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    return environment | {"MODEL_TIMEOUT": "20", "MODEL_STALL_TIMEOUT": "10"} | getattr(request, "param", {})


@pytest.mark.parametrize(("environment", "place", "fault"), list(cases()), indirect=["environment"])
async def test_a_fault_is_reported_and_the_next_message_is_answered(
    bot: Bot, model: ModelServer, caplog: pytest.LogCaptureFixture, place: str, fault: Fault
):
    conversation = bot.personal() if place == "personal" else bot.group()
    await conversation.ask("One")
    for _ in range(fault.times):
        fault.happens(model)

    seen = await conversation.ask("Two")

    errors = [r for r in caplog.records if r.levelno >= logging.ERROR and r.name.startswith("parley")]
    if fault.cause is None:
        assert seen == "\n\n".join(filter(None, [fault.answer, fault.line and line(fault.line)]))
        assert bool(errors) == fault.logs_error
    else:
        assert fault.line
        incident = incident_in(seen, fault.line, below=fault.answer)
        [error] = errors
        # The log has only the kind of the error: the message of a model's server may repeat the question.
        assert incident and re.search(rf"id {incident}: {fault.cause}\b", error.getMessage())

    assert await conversation.ask("Three") == "OK."
    spoken = [content for role, content in model.messages() if role in ("user", "assistant") and content]
    said = [words.removeprefix("Ada Lovelace: ") for words in spoken]
    kept = ["Two", fault.answer] if fault.answer and not fault.cause else []
    assert said == ["One", "OK.", *kept, "Three"]


@pytest.mark.parametrize("place", ["personal", "group"])
async def test_a_refused_connection_is_reported(environment: dict[str, str], connector: Connector, place: str):
    """A fault with its own bot, because all other faults need the model's server."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        environment["OPENAI_BASE_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        async with run_bot(environment, connector) as bot:
            conversation = bot.personal() if place == "personal" else bot.group()

            assert incident_in(await conversation.ask("Hi"), "model-unreachable")


@dataclass(frozen=True)
class FaultOfTeams:
    """A row of `FAULTS_OF_TEAMS`."""

    name: str
    happens: Callable[[Connector], None]
    """Causes the fault after the first request of the answer: a step of a stream, or the typing indicator."""
    personal: tuple[str, ...]
    group: tuple[str, ...]


WHOLE = ("One, two, three.",)
PART_AND_WHOLE = ("One, ", "One, two, three.")  # the partial answer cannot be replaced either
APOLOGY = ("went-wrong",)  # the id of the line


def throttle(teams: Connector, retry_after: float) -> None:
    for type in ("typing", "message"):
        teams.refuse_next(429, "TooManyRequests", "API calls quota exceeded", type=type, retry_after=retry_after)


def refuse_all(teams: Connector, status: int, code: str, message: str = "not now", times: int = 1) -> None:
    for type in ("typing", "message"):
        teams.refuse_next(status, code, message, type=type, times=times)


def ignore_all(teams: Connector) -> None:
    for type in ("typing", "message"):
        teams.ignore_next(type=type)


FAULTS_OF_TEAMS = [
    FaultOfTeams(
        "Teams throttles for a moment",
        lambda teams: throttle(teams, retry_after=3),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams asks to wait for an hour, once",
        lambda teams: throttle(teams, retry_after=3600),
        personal=PART_AND_WHOLE,
        group=APOLOGY,
    ),
    FaultOfTeams(
        "Teams reports a failed precondition",
        lambda teams: refuse_all(teams, 412, "PreconditionFailed", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams cannot be reached behind its gateway",
        lambda teams: refuse_all(teams, 502, "BadGateway", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams is unavailable for a moment",
        lambda teams: refuse_all(teams, 503, "ServiceUnavailable", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams is unavailable five times",
        lambda teams: refuse_all(teams, 503, "ServiceUnavailable", times=5),
        personal=WHOLE,
        group=APOLOGY,
    ),
    FaultOfTeams(
        "Teams takes too long behind its gateway",
        lambda teams: refuse_all(teams, 504, "GatewayTimeout", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams does not answer",
        ignore_all,
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams accepts a message, but its response is lost",  # the bot cannot know that it was accepted
        lambda teams: teams.lose_answer_to_next(type="message"),
        personal=WHOLE,
        group=WHOLE * 2,
    ),
    FaultOfTeams(
        "Teams refuses to continue the stream, and to replace its message",
        lambda teams: refuse_all(teams, 403, "ContentStreamNotAllowed", "Content stream is not allowed."),
        personal=PART_AND_WHOLE,
        group=APOLOGY,
    ),
    FaultOfTeams(
        "Teams ends the stream by itself",
        lambda teams: teams.refuse_next(403, "ContentStreamNotAllowed", "exceeded streaming time", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams has completed the stream already",
        lambda teams: teams.refuse_next(403, "ContentStreamNotAllowed", "already completed", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams misses the streamed text in a step",
        lambda teams: teams.refuse_next(403, "ContentStreamNotAllowed", "previously streamed content", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams refuses a step of the stream as too large",
        lambda teams: teams.refuse_next(413, "MessageSizeTooBig", "too big", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams sends an unreadable response",
        lambda teams: teams.garble_answer_to_next(type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "Teams accepts nothing more",
        lambda teams: refuse_all(teams, 403, "Forbidden", times=100),
        personal=("One, ",),
        group=(),
    ),
    FaultOfTeams(
        "Teams fails once",
        lambda teams: refuse_all(teams, 500, "InternalServerError"),
        personal=PART_AND_WHOLE,
        group=APOLOGY,
    ),
    FaultOfTeams(
        "Teams reports that the user pressed Stop",
        lambda teams: teams.press_stop("personal-1"),
        personal=("One, ",),
        group=WHOLE,  # without a stream there is no button
    ),
]


@pytest.mark.parametrize("place", ["personal", "group"])
@pytest.mark.parametrize("fault", FAULTS_OF_TEAMS, ids=lambda fault: fault.name)
async def test_a_fault_of_teams_leaves_one_clear_answer(
    bot: Bot, connector: Connector, model: ModelServer, place: str, fault: FaultOfTeams
):
    conversation = bot.personal() if place == "personal" else bot.group()
    model.speaks("One, ", 2, "two, ", 2, "three.")

    turn = asyncio.create_task(
        conversation.send("Hi")
        if place == "personal"
        else conversation.send("<at>Parley</at> Hi", mentions={"Parley": BOT_ID})
    )
    await asyncio.sleep(0.5)
    fault.happens(connector)
    assert (await turn).status_code == 200

    connector.recover()
    texts = [bubble.text for bubble in connector.bubbles(conversation.account["id"])]
    seen = ["went-wrong" if incident_in(text, "went-wrong") else text for text in texts]
    assert tuple(seen) == (fault.personal if place == "personal" else fault.group)
    assert await conversation.ask("And now?") == "OK."
    roles = [role for role, _ in model.messages() if role != "system"]
    assert roles in (["user"], ["user", "assistant", "user"])
