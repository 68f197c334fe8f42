"""Streaming an answer over both APIs of OpenAI: times, attempts, losses, the end."""

import asyncio
import json
import time
import traceback
from email.utils import formatdate
from typing import Any

import httpx2
import openai
import pytest
from microsoft_teams.ai import AIModel, ListMemory

from doubles.model_server import Json, ModelServer, Recording
from parley.chat import Agent
from parley.models import Answer
from parley.models.completions import CompletionsModel
from parley.models.errors import (
    AnswerFilteredError,
    AnswerLostError,
    AnswerStalledError,
    EmptyAnswerError,
    FirstWordTimeoutError,
    MalformedAnswerError,
    NoTokensLeftError,
)

REQUEST = httpx2.Request("POST", "http://elsewhere")

TIMEOUT, STALL_TIMEOUT = 10, 4


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"MODEL_TIMEOUT": str(TIMEOUT), "MODEL_STALL_TIMEOUT": str(STALL_TIMEOUT)}


def now() -> float:
    """The time of the event loop in seconds."""
    return asyncio.get_running_loop().time()


async def ask(ai_model: AIModel, chunks: list[str] | None = None) -> str | None:
    agent = Agent(ai_model)
    return (await agent.send("Hi", on_chunk=None if chunks is None else chunks.append)).response.content


def chunk(delta: Json, finish_reason: str | None = None) -> Json:
    """A chunk of Chat Completions."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def delta(text: object) -> Json:
    """A piece of text of Responses."""
    return {"type": "response.output_text.delta", "delta": text, "sequence_number": 1}


def end(kind: str = "completed", **changed: Any) -> Json:
    """The end of Responses."""
    response = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": []} | changed
    return {"type": f"response.{kind}", "sequence_number": 2, "response": response}


def recorded(ai_model: AIModel, completions: Json, responses: Json, *, end: bool) -> Recording:
    """A response with one event, as Chat Completions or Responses have it, and perhaps `[DONE]`."""
    event = completions if isinstance(ai_model, CompletionsModel) else responses
    return Recording(f"data: {json.dumps(event)}\n\n{'data: [DONE]' if end else ''}\n\n".encode())


class TestFirstWord:
    @pytest.mark.parametrize("ai_model", ["responses"], indirect=True)
    async def test_does_not_include_reasoning(self, ai_model: AIModel, model: ModelServer):
        item = {"type": "reasoning", "id": "rs", "summary": []}
        model.streams({"type": "response.output_item.added", "output_index": 0, "item": item}, STALL_TIMEOUT + 1, end())
        model.streams(
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            *[TIMEOUT / 4, {"type": "response.reasoning_text.delta", "delta": "Hm."}] * 10,
        )

        with pytest.raises(EmptyAnswerError):
            await ask(ai_model)
        with pytest.raises(FirstWordTimeoutError):
            await ask(ai_model)

    async def test_is_waited_for_until_the_timeout(self, ai_model: AIModel, model: ModelServer):
        model.hangs()
        started = now()

        with pytest.raises(FirstWordTimeoutError, match="10 s"):
            await ask(ai_model)

        assert now() - started == pytest.approx(TIMEOUT, abs=0.1)
        assert await ask(ai_model) == "OK."

    async def test_has_the_same_timeout_once_the_response_has_begun(self, ai_model: AIModel, model: ModelServer):
        model.stalls_after()
        started = now()

        with pytest.raises(FirstWordTimeoutError):
            await ask(ai_model)

        assert now() - started == pytest.approx(TIMEOUT, abs=0.1)

    async def test_has_one_timeout_for_all_attempts(self, ai_model: AIModel, model: ModelServer):
        model.refuses_for_now(503, "overloaded", times=1, retry_after=3)
        model.breaks_off_after()
        model.hangs()
        started = now()

        with pytest.raises(FirstWordTimeoutError):
            await ask(ai_model)

        assert now() - started == pytest.approx(TIMEOUT, abs=0.1)
        assert len(model.requests) == 3

    async def test_may_come_after_more_than_the_stall_timeout(self, ai_model: AIModel, model: ModelServer):
        model.speaks(STALL_TIMEOUT + 1, "OK", ".")

        assert await ask(ai_model) == "OK."

    async def test_has_the_same_timeout_after_events_without_text(self, ai_model: AIModel, model: ModelServer):
        model.speaks("", STALL_TIMEOUT + 1, "OK.")
        assert await ask(ai_model) == "OK."

        model.speaks(*[STALL_TIMEOUT - 1, ""] * 5, STALL_TIMEOUT - 1, "OK.")
        with pytest.raises(FirstWordTimeoutError):
            await ask(ai_model)

    async def test_may_be_a_tool_call(self, ai_model: AIModel, model: ModelServer):
        """After it, the stall timeout holds for the next event."""
        model.stalls_after(calls=[("call-1", "clock", "{}")])
        started = now()

        with pytest.raises(AnswerStalledError):
            await ask(ai_model)

        assert now() - started == pytest.approx(STALL_TIMEOUT, abs=0.1)


class TestSilence:
    async def test_within_the_answer_ends_it(self, ai_model: AIModel, model: ModelServer):
        model.stalls_after("Half of ")
        chunks: list[str] = []
        started = now()

        with pytest.raises(AnswerStalledError, match="4 s"):
            await ask(ai_model, chunks)

        assert chunks == ["Half of "]
        assert now() - started == pytest.approx(STALL_TIMEOUT, abs=0.1)
        assert len(model.requests) == 1, "text that was shown is not sent again"

    async def test_is_measured_from_one_event_to_the_next(self, ai_model: AIModel, model: ModelServer):
        """The whole answer takes longer than either of the timeouts."""
        words = [f"{number} " for number in range(8)]
        model.speaks(*[piece for word in words for piece in (STALL_TIMEOUT - 1, word)])

        assert await ask(ai_model) == "".join(words)

    async def test_does_not_count_while_a_chunk_is_handled(self, ai_model: AIModel, model: ModelServer):
        model.answers("One, ", "two.")

        async def slow(_chunk: str) -> None:
            await asyncio.sleep(TIMEOUT + STALL_TIMEOUT)

        result = await Agent(ai_model).send("Hi", on_chunk=slow)

        assert result.response.content == "One, two."

    async def test_after_the_end_does_not_fail_the_answer(self, ai_model: AIModel, model: ModelServer):
        model.answers("All of it.", stays_open=True)

        assert await ask(ai_model) == "All of it."

    async def test_after_the_end_delays_the_answer_only_briefly(self, ai_model: AIModel, model: ModelServer):
        model.answers("All of it.", stays_open=True)
        started = now()

        await ask(ai_model)

        assert now() - started <= 5.1

    async def test_is_not_broken_by_empty_events(self, ai_model: AIModel, model: ModelServer):
        model.speaks("Half of ", *[STALL_TIMEOUT / 2, ""] * 10)
        started = now()

        with pytest.raises(AnswerStalledError):
            await ask(ai_model)

        assert now() - started == pytest.approx(STALL_TIMEOUT, abs=0.1)

    @pytest.mark.parametrize("ai_model", ["responses"], indirect=True)
    async def test_is_not_broken_by_a_keepalive(self, ai_model: AIModel, model: ModelServer):
        model.streams(delta("Half of "), *[STALL_TIMEOUT / 2, {"type": "keepalive", "sequence_number": 3}] * 10)

        with pytest.raises(AnswerStalledError):
            await ask(ai_model)

    @pytest.mark.parametrize("ai_model", ["completions"], indirect=True)
    @pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
    async def test_is_not_counted_while_the_model_reasons(self, ai_model: AIModel, model: ModelServer, name: str):
        reasoning = [STALL_TIMEOUT / 2, chunk({name: "Hm."})] * 5
        model.streams(chunk({"content": "So: "}), *reasoning, chunk({"content": "yes."}), chunk({}, "stop"))

        assert await ask(ai_model) == "So: yes."

    @pytest.mark.parametrize("ai_model", ["responses"], indirect=True)
    async def test_is_not_counted_while_responses_reason(self, ai_model: AIModel, model: ModelServer):
        reasoning = [STALL_TIMEOUT / 2, {"type": "response.reasoning_text.delta", "delta": "Hm."}] * 5
        model.streams(delta("So: "), *reasoning, delta("yes."), end())

        assert await ask(ai_model) == "So: yes."


class TestAttempts:
    async def test_are_spaced_apart(self, ai_model: AIModel, model: ModelServer):
        for _ in range(2):
            model.breaks_off_after()
        started = now()

        await ask(ai_model)

        assert now() - started == pytest.approx(0.5 + 1, abs=0.1)

    @pytest.mark.parametrize("unit", ["retry_after", "retry_after_ms", "date"])
    async def test_follow_the_delay_that_the_server_asks_for(self, ai_model: AIModel, model: ModelServer, unit: str):
        wait: dict[str, Any] = {
            "retry_after": {"retry_after": 3},
            "retry_after_ms": {"retry_after_ms": 3000},
            "date": {"retry_after": formatdate(time.time() + 3.5, usegmt=True)},
        }[unit]
        model.refuses_for_now(429, "rate_limit_exceeded", **wait)
        started = now()

        assert await ask(ai_model) == "OK."

        assert now() - started == pytest.approx(3, abs=0.6)

    async def test_are_repeated_when_a_tool_call_is_lost(self, ai_model: AIModel, model: ModelServer):
        model.breaks_off_after(calls=[("call-1", "clock", "{}")])

        assert await ask(ai_model) == "OK."

    async def test_get_the_full_timeout_again_after_a_lost_tool_call(self, ai_model: AIModel, model: ModelServer):
        model.breaks_off_after(calls=[("call-1", "clock", "{}")])
        model.speaks(STALL_TIMEOUT + 1, "OK.")

        assert await ask(ai_model) == "OK."

    async def test_are_repeated_when_the_server_cannot_be_reached(
        self, ai_model: AIModel, model: ModelServer, monkeypatch: pytest.MonkeyPatch
    ):
        failures = [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("silent")]
        send = httpx2.AsyncClient.send

        async def fail(client: httpx2.AsyncClient, request: httpx2.Request, **options: Any) -> httpx2.Response:
            if failures:
                raise failures.pop()
            return await send(client, request, **options)

        monkeypatch.setattr(httpx2.AsyncClient, "send", fail)

        assert await ask(ai_model) == "OK."

    async def test_are_repeated_when_the_server_is_busy(self, ai_model: AIModel, model: ModelServer):
        model.refuses_for_now(429, "rate_limit_exceeded", times=2, retry_after=3)
        started = now()

        assert await ask(ai_model) == "OK."

        assert now() - started == pytest.approx(6, abs=0.1)

    async def test_are_not_repeated_when_the_server_asks_for_too_long(self, ai_model: AIModel, model: ModelServer):
        model.refuses_for_now(429, "rate_limit_exceeded", times=1, retry_after=TIMEOUT)
        started = now()

        with pytest.raises(openai.RateLimitError):
            await ask(ai_model)

        assert now() - started < 0.1

    async def test_are_repeated_at_once_when_the_retry_date_is_past(self, ai_model: AIModel, model: ModelServer):
        model.refuses_for_now(503, "overloaded", times=1, retry_after="Wed, 21 Oct 2015 07:28:00 GMT")

        assert await ask(ai_model) == "OK."

    async def test_end_with_the_third_refusal(self, ai_model: AIModel, model: ModelServer):
        model.refuses_for_now(500, "server_error", times=4)

        with pytest.raises(openai.InternalServerError):
            await ask(ai_model)

        assert len(model.requests) == 3

    async def test_are_repeated_when_the_connection_is_lost_early(self, ai_model: AIModel, model: ModelServer):
        model.breaks_off_after()
        model.ends_early_after()

        assert await ask(ai_model) == "OK."

    async def test_end_when_the_connection_is_lost_three_times(self, ai_model: AIModel, model: ModelServer):
        for _ in range(4):
            model.breaks_off_after()

        with pytest.raises(openai.APIConnectionError):
            await ask(ai_model)

        assert len(model.requests) == 3

    @pytest.mark.parametrize("code", ["server_error", "rate_limit_exceeded", "429", "500", "503"])
    async def test_are_repeated_when_the_stream_begins_with_an_error(
        self, ai_model: AIModel, model: ModelServer, code: str
    ):
        model.fails_after(code=code)

        assert await ask(ai_model) == "OK."

    async def test_are_not_repeated_when_it_would_not_help(self, ai_model: AIModel, model: ModelServer):
        model.fails_after(code="insufficient_quota")

        with pytest.raises(openai.APIError, match="failed"):
            await ask(ai_model)

        assert len(model.requests) == 1


class TestLoss:
    @pytest.mark.parametrize("way", ["breaks_off_after", "ends_early_after"])
    async def test_within_the_answer_ends_it(self, ai_model: AIModel, model: ModelServer, way: str):
        memory = ListMemory()
        getattr(model, way)("Half of ")
        chunks: list[str] = []

        with pytest.raises(AnswerLostError):
            await Agent(ai_model, memory=memory).send("Hi", on_chunk=chunks.append)

        assert chunks == ["Half of "]
        assert len(model.requests) == 1, "text that was shown is not sent again"
        assert await memory.get_all() == []

    @pytest.mark.parametrize("ai_model", ["completions"], indirect=True)
    @pytest.mark.parametrize("reason", ["abort", "error", "insufficient_system_resource"])
    async def test_may_be_recognized_by_the_finish_reason(self, ai_model: AIModel, model: ModelServer, reason: str):
        model.streams(chunk({"content": "Half of "}), chunk({}, reason))
        with pytest.raises(AnswerLostError, match=reason):
            await ask(ai_model)

        model.streams(chunk({}, reason))
        assert await ask(ai_model) == "OK.", "without text, the request is sent again"

    @pytest.mark.parametrize("ai_model", ["completions"], indirect=True)
    @pytest.mark.parametrize("reason", ["eos_token", "end_turn"])
    async def test_is_not_assumed_for_other_finish_reasons(self, ai_model: AIModel, model: ModelServer, reason: str):
        model.streams(chunk({"content": "All of it."}), chunk({}, reason))

        assert await ask(ai_model) == "All of it."

    @pytest.mark.parametrize("ai_model", ["responses"], indirect=True)
    async def test_may_be_recognized_by_an_incomplete_response(self, ai_model: AIModel, model: ModelServer):
        model.streams(delta("Half of "), end("incomplete", incomplete_details={"reason": "abort"}))

        with pytest.raises(AnswerLostError, match="abort"):
            await ask(ai_model)


DAMAGED = ["{not JSON", '[{"choices": ', '"Hi', pytest.param("[" * 100_000, id="too deep")]

WITHOUT_CONTENT = ["", "null", "[]", "5", '"Hi"', "ping", "{}", '{"type": "ping"}', "[null]", "[[]]", "ok: true"]

MISSHAPEN = {
    "completions": [
        {"choices": None},
        {"choices": "none"},
        {"choices": {}},
        {"choices": [None]},
        {"choices": [{"delta": "none", "finish_reason": 5}]},
        {"choices": [{"delta": {"content": None, "tool_calls": "none"}}]},
        {"choices": [], "usage": "none"},
        {"choices": [{"delta": {"content": [{"type": "image_url", "image_url": {"url": "x"}}]}}]},
    ],
    "responses": [
        {"type": "response.output_text.delta"},
        {"type": "response.output_text.delta", "delta": None},
        {"type": "response.output_item.added", "item": "none"},
        {"type": "response.output_item.done", "item": {"type": ["none"]}},
        {"type": 5},
    ],
}

IN_OTHER_TYPES: list[object] = [
    "yes",
    ["yes"],
    {"text": "yes"},
    {"type": "text", "text": {"value": "yes"}},
    [{"type": "text", "text": "y"}, {"type": "output_text", "text": "es"}],
    [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "yes"}],
    [{"type": "reasoning", "text": "Hm."}, "yes"],
]


class TestMalformed:
    @pytest.mark.parametrize("data", DAMAGED)
    @pytest.mark.parametrize("words", [(), ("Half of ",)])
    async def test_data_ends_the_answer(self, ai_model: AIModel, model: ModelServer, data: str, words: tuple[str, ...]):
        model.sends_after(*words, data=data)
        chunks: list[str] = []

        with pytest.raises(MalformedAnswerError):
            await ask(ai_model, chunks)

        assert chunks == list(words)
        assert len(model.requests) == 1
        assert await ask(ai_model) == "OK."

    async def test_bytes_end_the_answer(self, ai_model: AIModel, model: ModelServer):
        model.sends_after("Half of ", data=b'{"text": "\xff"}')

        with pytest.raises(MalformedAnswerError):
            await ask(ai_model)

    @pytest.mark.parametrize("data", WITHOUT_CONTENT)
    async def test_does_not_include_what_has_no_content(self, ai_model: AIModel, model: ModelServer, data: str):
        model.sends_after("All of it.", data=data)

        assert await ask(ai_model) == "All of it."

    @pytest.mark.parametrize(
        ("ai_model", "event"),
        [(api, event) for api, events in MISSHAPEN.items() for event in events],
        indirect=["ai_model"],
    )
    async def test_does_not_include_an_odd_shape(self, ai_model: AIModel, model: ModelServer, event: dict[str, Any]):
        model.sends_after("All of it.", data=json.dumps(event))

        assert await ask(ai_model) == "All of it."

    @pytest.mark.parametrize("data", ["null", '{"type": "ping"}'])
    async def test_is_an_answer_with_nothing_else(self, ai_model: AIModel, model: ModelServer, data: str):
        model.plays(Recording(f"data: {data}\n\ndata: [DONE]\n\n".encode()))

        with pytest.raises(MalformedAnswerError):
            await ask(ai_model)

    @pytest.mark.parametrize("content", IN_OTHER_TYPES)
    async def test_does_not_include_text_of_another_type(self, ai_model: AIModel, model: ModelServer, content: object):
        model.plays(recorded(ai_model, chunk({"content": content}), delta(content), end=True))

        assert await ask(ai_model) == "yes"

    @pytest.mark.parametrize("content", [{"answer": 42}, 42, 4.5, True])
    async def test_does_not_include_text_that_is_json(self, ai_model: AIModel, model: ModelServer, content: object):
        model.plays(recorded(ai_model, chunk({"content": content}), delta(content), end=True))

        assert await ask(ai_model) == json.dumps(content)

    async def test_event_is_not_repeated_to_the_log(self, ai_model: AIModel, model: ModelServer):
        model.sends_after(data='{"in confidence')

        with pytest.raises(MalformedAnswerError) as caught:
            await ask(ai_model)

        # JSON's own error has the data, though not in its words.
        assert "in confidence" not in "".join(traceback.format_exception(caught.value))

    @pytest.mark.parametrize(
        ("ai_model", "event"),
        [("completions", {"choices": []}), ("responses", {"type": "response.of_the_future", "thing": 1})],
        indirect=["ai_model"],
    )
    async def test_does_not_include_empty_events(self, ai_model: AIModel, model: ModelServer, event: dict[str, Any]):
        model.sends_after("Hello.", data=json.dumps(event))

        assert await ask(ai_model) == "Hello."

    @pytest.mark.parametrize(
        "error", [TypeError("mine"), TimeoutError("mine"), openai.APIConnectionError(message="mine", request=REQUEST)]
    )
    async def test_does_not_include_an_error_of_the_chunk_handler(
        self, ai_model: AIModel, model: ModelServer, error: Exception
    ):
        model.answers("One, ", "two.")

        async def fail(_chunk: str) -> None:
            raise error

        with pytest.raises(type(error), match="mine") as caught:
            await Agent(ai_model).send("Hi", on_chunk=fail)

        assert caught.value is error
        assert len(model.requests) == 1

    @pytest.mark.parametrize(
        ("body", "media_type"),
        [
            ("<html>Hello</html>", "text/html"),
            ("\n<!doctype html>", "text/event-stream"),
            ('{"detail": "no such path"}', "application/json"),
            ("Hello.", "text/plain"),
        ],
    )
    async def test_includes_a_response_without_a_stream(
        self, ai_model: AIModel, model: ModelServer, body: str, media_type: str
    ):
        model.answers_without_a_stream(body, media_type)

        with pytest.raises(MalformedAnswerError, match=media_type):
            await ask(ai_model)

        assert len(model.requests) == 1

    async def test_data_after_the_end_does_not_fail_the_answer(self, ai_model: AIModel, model: ModelServer):
        model.answers("All of it.", fails_after_end=True)

        assert await ask(ai_model) == "All of it."


class TestSurrogates:
    """An emoji is two of them in JSON."""

    @pytest.mark.parametrize(
        ("words", "pieces"),
        [
            (["Hi \ud83d", "\ude00!"], ["Hi ", "😀!"]),
            (["\ud83d", "", "\ude00"], ["😀"]),
            (["a\ud83d", "b"], ["a", "\ufffdb"]),
            (["\ude00b"], ["\ufffdb"]),
            (["a\ud83d"], ["a", "\ufffd"]),
        ],
    )
    async def test_are_joined_in_pairs_and_replaced_when_alone(
        self, ai_model: AIModel, model: ModelServer, words: list[str], pieces: list[str]
    ):
        model.answers(*words)
        chunks: list[str] = []

        assert await ask(ai_model, chunks) == "".join(pieces)

        assert chunks == pieces


class TestEnd:
    @pytest.mark.parametrize("ai_model", ["completions"], indirect=True)
    async def test_may_be_a_limit_of_the_context(self, ai_model: AIModel, model: ModelServer):
        model.streams(chunk({"content": "Half of it"}), chunk({}, "model_length"))

        answer = (await Agent(ai_model).send("Hi")).response

        assert isinstance(answer, Answer) and answer.cut_off

    async def test_may_be_the_token_limit_before_the_first_word(self, ai_model: AIModel, model: ModelServer):
        model.is_cut_off_after()

        with pytest.raises(NoTokensLeftError):
            await ask(ai_model)

    async def test_of_a_whole_answer_is_not_marked_as_cut(self, ai_model: AIModel):
        answer = (await Agent(ai_model).send("Hi")).response

        assert isinstance(answer, Answer) and not answer.cut_off

    async def test_may_be_the_token_limit(self, ai_model: AIModel, model: ModelServer):
        memory = ListMemory()
        model.is_cut_off_after("Half of ", "it")

        answer = (await Agent(ai_model, memory=memory).send("Hi")).response

        assert isinstance(answer, Answer) and answer.cut_off and answer.content == "Half of it"
        assert [message.content for message in await memory.get_all()] == ["Hi", "Half of it"]

    async def test_may_be_the_content_filter(self, ai_model: AIModel, model: ModelServer):
        memory = ListMemory()
        model.is_filtered_after("Half of ")

        with pytest.raises(AnswerFilteredError):
            await Agent(ai_model, memory=memory).send("Hi")

        assert await memory.get_all() == []
