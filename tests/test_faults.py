"""What can go wrong on the way to an answer, and what the person then sees.

`FAULTS` is the table of the model's faults, `FAULTS_OF_TEAMS` the one of Teams'. Each row of the first has

- the name of the fault,
- how the scripted model brings it about,
- what the person sees: the answer or what has arrived of it, the bot's own line below it, or both,
- and, where the answer has failed, the cause as the operator finds it in the log, under the id in the line.

Every row is put to the bot in a 1:1 chat and in a group, over both APIs of OpenAI, between two messages that go well:
the message after the fault is answered normally, and the history that the model is sent then holds whole exchanges.

Each row of the second has the name of the fault, how the connector brings it about while the model says "One, two,
three.", and the messages that the person has seen in the end, in a 1:1 chat and in a group.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from doubles.bot import BOT_ID, Bot
from doubles.connector import Connector
from doubles.model_server import ModelServer
from parley.chat import CUT_OFF


@dataclass(frozen=True)
class Fault:
    """A row of the table."""

    name: str
    happens: Callable[[ModelServer], None]
    answer: str = ""
    line: str = ""
    cause: str | None = None
    """The class of the error. None: it is no failure, and the answer is remembered."""


def times(number: int, happen: Callable[[ModelServer], None]) -> Callable[[ModelServer], None]:
    """Let it happen several times, one request after the other."""

    def happens(model: ModelServer) -> None:
        for _ in range(number):
            happen(model)

    return happens


FAULTS = [
    Fault(
        "the key is wrong",
        lambda model: model.refuses(401, "invalid_api_key"),
        line="The language model does not let me in. Please tell the person who runs me to check its key.",
        cause="AuthenticationError",
    ),
    Fault(
        "the key has no right to the model",
        lambda model: model.refuses(403, "forbidden"),
        line="The language model does not let me in. Please tell the person who runs me to check its key.",
        cause="PermissionDeniedError",
    ),
    Fault(
        "the model or the deployment is unknown",
        lambda model: model.refuses(404, "model_not_found"),
        line="My language model was not found. Please tell the person who runs me to check its name and address.",
        cause="NotFoundError",
    ),
    Fault(
        "the request is refused",
        lambda model: model.refuses(400, "unsupported_value"),
        line="The language model failed to take my request. Please tell the person who runs me.",
        cause="BadRequestError",
    ),
    Fault(
        "the quota is used up",
        lambda model: model.refuses(429, "insufficient_quota"),
        line="My language model's quota is used up. Please tell the person who runs me.",
        cause="RateLimitError",
    ),
    Fault(
        "the rate limit is reached for a moment",
        lambda model: model.refuses_for_now(429, "rate_limit_exceeded", times=2, retry_after=3),
        answer="OK.",
    ),
    Fault(
        "the rate limit is reached for longer",
        lambda model: model.refuses_for_now(429, "rate_limit_exceeded", times=3, retry_after=3),
        line="The language model has too much to do right now. Please ask again in a minute.",
        cause="RateLimitError",
    ),
    Fault(
        "the rate limit is reached for minutes",
        lambda model: model.refuses_for_now(429, "rate_limit_exceeded", times=1, retry_after=100),
        line="The language model has too much to do right now. Please ask again in a minute.",
        cause="RateLimitError",
    ),
    Fault(
        "the server fails for a moment",
        lambda model: model.refuses_for_now(500, "server_error", times=2),
        answer="OK.",
    ),
    Fault(
        "the server fails for longer",
        lambda model: model.refuses_for_now(500, "server_error", times=3),
        line="The language model failed. Please ask again in a moment.",
        cause="InternalServerError",
    ),
    Fault(
        "the server fails in the middle of the answer",
        lambda model: model.fails_after("The answer is "),
        answer="The answer is ",
        line="The language model failed. Please ask again in a moment.",
        cause="APIError",
    ),
    Fault(
        "the history is too long",
        lambda model: model.refuses(400, "context_length_exceeded"),
        answer="OK.",
    ),
    Fault(
        "the question is too long",
        times(2, lambda model: model.refuses(400, "context_length_exceeded")),
        line="That is more than the language model can take at once. Please ask with less text.",
        cause="ContextTooLongError",
    ),
    Fault(
        "the content filter refuses the question",
        lambda model: model.refuses(400, "content_filter"),
        line="The language model's content filter refused the question. Please put it differently.",
        cause="QuestionFilteredError",
    ),
    Fault(
        "the content filter ends the answer",
        lambda model: model.is_filtered_after("The answer is "),
        answer="The answer is ",
        line="The language model's content filter ended the answer. Please ask for something a little different.",
        cause="AnswerFilteredError",
    ),
    Fault(
        "the answer reaches the token limit",
        lambda model: model.is_cut_off_after("The answer is ", "fo"),
        answer="The answer is fo",
        line=CUT_OFF,
    ),
    Fault(
        "the answer is empty",
        lambda model: model.answers(),
        line="The language model had nothing to say to that. Please put it differently and ask again.",
        cause="EmptyAnswerError",
    ),
    Fault(
        "the answer is blank",
        lambda model: model.answers("  ", "\n"),
        line="The language model had nothing to say to that. Please put it differently and ask again.",
        cause="EmptyAnswerError",
    ),
    Fault(
        "the model takes too long to its first word",
        lambda model: model.hangs(),
        line="The language model took too long to answer. Please ask again in a moment.",
        cause="FirstWordTimeoutError",
    ),
    Fault(
        "the model begins its response, but says nothing",
        lambda model: model.stalls_after(),
        line="The language model took too long to answer. Please ask again in a moment.",
        cause="FirstWordTimeoutError",
    ),
    Fault(
        "the model falls silent in the middle of the answer",
        lambda model: model.stalls_after("The answer is "),
        answer="The answer is ",
        line="The language model fell silent in the middle of the answer. Please ask again in a moment.",
        cause="AnswerStalledError",
    ),
    Fault(
        "the connection is lost before the first word, twice",
        times(2, lambda model: model.breaks_off_after()),
        answer="OK.",
    ),
    Fault(
        "the connection is lost before the first word, again and again",
        times(3, lambda model: model.breaks_off_after()),
        line=(
            "I cannot reach the language model. Please ask again in a moment, and if that does not help, "
            "tell the person who runs me."
        ),
        cause="APIConnectionError",
    ),
    Fault(
        "the connection is lost in the middle of the answer",
        lambda model: model.breaks_off_after("The answer is "),
        answer="The answer is ",
        line="I lost the language model in the middle of the answer. Please ask again in a moment.",
        cause="AnswerLostError",
    ),
    Fault(
        "the response ends before the answer does",
        lambda model: model.ends_early_after("The answer is "),
        answer="The answer is ",
        line="I lost the language model in the middle of the answer. Please ask again in a moment.",
        cause="AnswerLostError",
    ),
    Fault(
        "an event is no JSON",
        lambda model: model.sends_after(data="<html>"),
        line=(
            "The language model sent something that I cannot read. Please ask again in a moment, and if that does not "
            "help, tell the person who runs me."
        ),
        cause="MalformedAnswerError",
    ),
    Fault(
        "an event is of a wrong shape, in the middle of the answer",
        lambda model: model.sends_after("The answer is ", data="[]"),
        answer="The answer is ",
        line=(
            "The language model sent something that I cannot read. Please ask again in a moment, and if that does not "
            "help, tell the person who runs me."
        ),
        cause="MalformedAnswerError",
    ),
]


def cases() -> Iterator[object]:
    for fault in FAULTS:
        for place in ("personal", "group"):
            for api in ("completions", "responses"):
                yield pytest.param({"OPENAI_API": api}, place, fault, id=f"{fault.name}-{place}-{api}")


@pytest.fixture
def environment(environment: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    return environment | {"MODEL_TIMEOUT": "20", "MODEL_STALL_TIMEOUT": "10"} | getattr(request, "param", {})


@pytest.mark.parametrize(("environment", "place", "fault"), list(cases()), indirect=["environment"])
async def test_a_fault_is_told_and_the_next_message_is_answered(
    bot: Bot, model: ModelServer, caplog: pytest.LogCaptureFixture, place: str, fault: Fault
):
    conversation = bot.personal() if place == "personal" else bot.group()
    await conversation.ask("One")
    fault.happens(model)

    seen = await conversation.ask("Two")

    incident = re.search(r" \(id: (\w+)\)$", seen)
    assert seen.removesuffix(incident[0] if incident else "") == "\n\n".join(filter(None, [fault.answer, fault.line]))
    errors = [r for r in caplog.records if r.levelno >= logging.ERROR and r.name.startswith("parley")]
    if fault.cause is None:
        assert not incident and not errors
    else:
        [error] = errors
        assert incident and incident[1] in error.getMessage()
        assert error.exc_info and error.exc_info[0] and error.exc_info[0].__name__ == fault.cause

    assert await conversation.ask("Three") == "OK."
    said = [content.removeprefix("Ada Lovelace: ") for role, content in model.messages() if role != "system"]
    kept = ["Two", fault.answer] if fault.answer and not fault.cause else []
    assert said == ["One", "OK.", *kept, "Three"]


@dataclass(frozen=True)
class FaultOfTeams:
    """A row of the other table."""

    name: str
    happens: Callable[[Connector], None]
    """Brought about after the first sign of the answer: its first words, or the typing indicator."""
    personal: tuple[str, ...]
    group: tuple[str, ...]


WHOLE = ("One, two, three.",)
TWICE = ("One, ", "One, two, three.")  # when what was shown cannot be replaced either
UNSENT = ("Something went wrong on my side. Please ask again in a moment.",)

FAULTS_OF_TEAMS = [
    FaultOfTeams(
        "throttles for a moment",
        lambda teams: throttle(teams, retry_after=3),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "throttles for an hour",
        lambda teams: throttle(teams, retry_after=3600),
        personal=TWICE,
        group=UNSENT,
    ),
    FaultOfTeams(
        "has a precondition that fails",
        lambda teams: refuse_all(teams, 412, "PreconditionFailed", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "cannot be reached behind its gateway",
        lambda teams: refuse_all(teams, 502, "BadGateway", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "is unavailable for a moment",
        lambda teams: refuse_all(teams, 503, "ServiceUnavailable", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "is unavailable for longer",
        lambda teams: refuse_all(teams, 503, "ServiceUnavailable", times=5),
        personal=WHOLE,
        group=UNSENT,
    ),
    FaultOfTeams(
        "takes too long behind its gateway",
        lambda teams: refuse_all(teams, 504, "GatewayTimeout", times=2),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "does not answer",
        lambda teams: (teams.ignore_next(type="typing"), teams.ignore_next(type="message"))[0],
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "takes a message, but its answer is lost",  # nobody can know that it was taken
        lambda teams: teams.lose_answer_to_next(type="message"),
        personal=WHOLE,
        group=WHOLE * 2,
    ),
    FaultOfTeams(
        "does not allow to stream any more",
        lambda teams: refuse_all(teams, 403, "ContentStreamNotAllowed", "Content stream is not allowed."),
        personal=TWICE,
        group=UNSENT,
    ),
    FaultOfTeams(
        "ends the stream by itself",
        lambda teams: teams.refuse_next(403, "ContentStreamNotAllowed", "exceeded streaming time", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "has completed the stream already",
        lambda teams: teams.refuse_next(403, "ContentStreamNotAllowed", "already completed", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "misses what was streamed before",
        lambda teams: teams.refuse_next(403, "ContentStreamNotAllowed", "previously streamed content", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "finds a step of the stream too large",
        lambda teams: teams.refuse_next(413, "MessageSizeTooBig", "too big", type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "answers what cannot be read",
        lambda teams: teams.garble_answer_to_next(type="typing"),
        personal=WHOLE,
        group=WHOLE,
    ),
    FaultOfTeams(
        "fails",
        lambda teams: refuse_all(teams, 500, "InternalServerError"),
        personal=TWICE,
        group=UNSENT,
    ),
    FaultOfTeams(
        "tells that the person has pressed Stop",
        lambda teams: teams.press_stop("personal-1"),
        personal=("One, ",),
        group=WHOLE,  # without a stream there is no button
    ),
]


def throttle(teams: Connector, retry_after: float) -> None:
    for type in ("typing", "message"):
        teams.refuse_next(429, "TooManyRequests", "API calls quota exceeded", type=type, retry_after=retry_after)


def refuse_all(teams: Connector, status: int, code: str, message: str = "not now", times: int = 1) -> None:
    for type in ("typing", "message"):
        teams.refuse_next(status, code, message, type=type, times=times)


@pytest.mark.parametrize("place", ["personal", "group"])
@pytest.mark.parametrize("fault", FAULTS_OF_TEAMS, ids=lambda fault: fault.name)
async def test_a_fault_of_teams_leaves_one_clear_answer(
    bot: Bot, connector: Connector, model: ModelServer, place: str, fault: FaultOfTeams
):
    conversation = bot.personal() if place == "personal" else bot.group()
    model.speaks("One, ", 2, "two, ", 2, "three.")

    turn = asyncio.create_task(
        conversation.say("Hi")
        if place == "personal"
        else conversation.say("<at>Parley</at> Hi", mentions={"Parley": BOT_ID})
    )
    await asyncio.sleep(0.5)
    fault.happens(connector)
    assert (await turn).status_code == 200

    seen = [bubble.text.split(" (id: ")[0] for bubble in connector.bubbles(conversation.account["id"])]
    assert tuple(seen) == (fault.personal if place == "personal" else fault.group)
    assert await conversation.ask("And now?") == "OK."
    roles = [role for role, _ in model.messages() if role != "system"]
    assert roles in (["user"], ["user", "assistant", "user"])
