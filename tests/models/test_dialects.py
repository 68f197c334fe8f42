"""Dialects of the two APIs of OpenAI among model servers, beyond the recorded cases."""

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import openai
import pytest
from microsoft_teams.ai import AIModel, Function, ListMemory
from pydantic import BaseModel

from doubles.cpu import cpu_time
from doubles.model_server import Json, ModelServer, Recording, Turn
from parley.chat import Agent
from parley.models import Answer, open_model
from parley.models.completions import CompletionsModel
from parley.models.errors import (
    AnswerFilteredError,
    AnswerLostError,
    AnswerStalledError,
    EmptyAnswerError,
    FirstWordTimeoutError,
    MalformedAnswerError,
)
from parley.models.reasoning import Habit
from parley.settings import Settings

STALL_TIMEOUT = 20

only_completions = pytest.mark.parametrize("ai_model", ["completions"], indirect=True)
only_responses = pytest.mark.parametrize("ai_model", ["responses"], indirect=True)


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"MODEL_STALL_TIMEOUT": str(STALL_TIMEOUT)}


def now() -> float:
    """The time of the event loop in seconds."""
    return asyncio.get_running_loop().time()


def chunk(content: object = None, finish_reason: object = None, **delta: object) -> Json:
    """A chunk of Chat Completions."""
    delta |= {} if content is None else {"content": content}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def text(delta: str) -> Json:
    """A piece of text of Responses."""
    return {"type": "response.output_text.delta", "delta": delta}


def completed(kind: str = "completed", **response: object) -> Json:
    """The end of Responses."""
    return {"type": f"response.{kind}", "response": {"object": "response", "output": [], **response}}


def sent(*events: Json | str, done: bool = False, cut: bool = False) -> Recording:
    """The body of a response: events, and lines that are sent unchanged, as `%%SLEEP 3`."""
    lines = [event if isinstance(event, str) else f"data: {json.dumps(event)}\n" for event in events]
    return Recording("\n".join([*lines, *["data: [DONE]\n"] * done, *["%%CUT\n"] * cut, ""]).encode())


def words(ai_model: AIModel, *pieces: str) -> list[Json]:
    """Pieces of text in the API of the model."""
    return [chunk(piece) if isinstance(ai_model, CompletionsModel) else text(piece) for piece in pieces]


async def ask(ai_model: AIModel, chunks: list[str] | None = None) -> str | None:
    return (await Agent(ai_model).send("Hi", on_chunk=None if chunks is None else chunks.append)).response.content


class TestEnd:
    @only_completions
    @pytest.mark.parametrize("pause", [0, 1.5, 4.5])
    async def test_that_is_marked_too_early_is_none(self, ai_model: AIModel, model: ModelServer, pause: float):
        model.plays(sent(chunk("one "), chunk(None, "stop"), f"%%SLEEP {pause}", chunk("two"), done=True))

        assert await ask(ai_model) == "one two"

    @only_completions
    async def test_that_each_piece_marks_is_waited_for(self, ai_model: AIModel, model: ModelServer):
        pause = f"%%SLEEP {STALL_TIMEOUT - 1}"
        model.plays(sent(chunk("", "stop"), pause, chunk("one ", "stop"), pause, chunk("two", "stop"), done=True))

        assert await ask(ai_model) == "one two"

    @only_completions
    async def test_is_silence_behind_the_last_mark(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(chunk("one ", "stop"), chunk("two", "stop"), "%%SLEEP 1000"))
        started = now()

        assert await ask(ai_model) == "one two"

        assert now() - started == pytest.approx(STALL_TIMEOUT, abs=0.1)

    @only_completions
    async def test_may_be_the_close_of_the_response(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(chunk("one ", "stop"), chunk("two", "stop")))

        assert await ask(ai_model) == "one two"

    @only_completions
    @pytest.mark.parametrize(
        ("events", "failure"),
        [
            ([chunk("one ", "stop"), chunk("two", "stop"), "%%CUT"], AnswerLostError),
            ([chunk("one ", "stop"), chunk("two")], AnswerLostError),
            ([chunk("one "), chunk(None, "stop"), chunk("two"), "%%SLEEP 1000"], AnswerStalledError),
            ([chunk("", "stop"), "%%SLEEP 1000"], FirstWordTimeoutError),
            ([chunk("one "), chunk(None, "stop"), 'data: {"error": "boom"}\n'], openai.APIError),
            ([chunk("one "), chunk(None, "stop"), 'data: {"choices": [{"del\n'], MalformedAnswerError),
            ([chunk("one ", "stop"), 'data: {"choices": [{"del'], AnswerLostError),
            ([chunk("one ", "stop"), "dat"], AnswerLostError),
            ([chunk("one "), chunk(None, "stop"), 'data: {"choices": [{"del'], AnswerLostError),
            ([json.dumps(chunk("one ", "stop")), '{"choices": [{"del'], AnswerLostError),
        ],
    )
    async def test_that_is_not_seen_is_a_failure(
        self, ai_model: AIModel, model: ModelServer, events: list[Json | str], failure: type[Exception]
    ):
        memory = ListMemory()
        model.plays(sent(*events))

        with pytest.raises(failure):
            await Agent(ai_model, memory=memory).send("Hi")

        assert await memory.get_all() == []

    @only_completions
    async def test_with_the_last_mark_counts(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(chunk("one ", "content_filter"), chunk("two", "length"), done=True))

        answer = (await Agent(ai_model).send("Hi")).response

        assert isinstance(answer, Answer) and answer.cut_off and answer.content == "one two"

    @only_completions
    @pytest.mark.parametrize("reason", ["SAFETY", "content_filter", "RECITATION"])
    async def test_may_be_a_filter(self, ai_model: AIModel, model: ModelServer, reason: str):
        model.plays(sent(chunk("one "), chunk(None, reason), done=True))

        with pytest.raises(AnswerFilteredError):
            await ask(ai_model)

    async def test_that_is_certain_may_be_torn_behind(self, ai_model: AIModel, model: ModelServer):
        end = [chunk(None, "stop"), "data: [DONE]\n"] if isinstance(ai_model, CompletionsModel) else [completed()]
        model.plays(sent(*words(ai_model, "one"), *end, 'data: {"choices": [{"del'))

        assert await ask(ai_model) == "one"

    @only_completions
    async def test_that_is_torn_runs_no_tool(self, ai_model: AIModel, model: ModelServer):
        clock = Clock()
        call = chunk(None, "tool_calls", tool_calls=[{"id": "a", "function": {"name": "clock", "arguments": OSLO}}])
        for _ in range(3):
            model.plays(sent(call, 'data: {"choices": [{"delta": {"tool_calls": [{"id": "b", "fun'))

        with pytest.raises(openai.APIConnectionError):
            await Agent(ai_model, functions=[clock.tool]).send("Hi")

        assert clock.asked == []

    async def test_is_done_without_any_other_mark(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(*words(ai_model, "one ", "two"), done=True))
        started = now()

        assert await ask(ai_model) == "one two"

        assert now() - started < 1

    async def test_is_done_even_if_the_response_goes_on(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(*words(ai_model, "one"), "data: [DONE]\n", *words(ai_model, "two"), "%%SLEEP 1000"))
        started = now()

        assert await ask(ai_model) == "one"

        assert now() - started < 1

    @only_responses
    @pytest.mark.parametrize("kind", ["completed", "incomplete"])
    async def test_without_a_reason_is_known_by_its_status(self, ai_model: AIModel, model: ModelServer, kind: str):
        model.plays(sent(text("one"), completed(kind, status="incomplete")))

        answer = (await Agent(ai_model).send("Hi")).response

        assert isinstance(answer, Answer) and answer.cut_off

    @only_responses
    @pytest.mark.parametrize(("status", "failure"), [("failed", openai.APIError), ("cancelled", AnswerLostError)])
    async def test_may_be_a_failure_by_its_status(
        self, ai_model: AIModel, model: ModelServer, status: str, failure: type[Exception]
    ):
        model.plays(sent(text("one"), completed(status=status)))

        with pytest.raises(failure):
            await ask(ai_model)

    async def test_of_an_endless_answer_is_its_longest(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(*words(ai_model, *["word " * 20_000] * 6), "%%SLEEP 1000"))

        answer = (await Agent(ai_model).send("Hi")).response

        assert isinstance(answer, Answer) and answer.cut_off and len(answer.content or "") == 600_000


class TestErrors:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ('{"error": {"message": "boom", "code": 429}}', "429"),
            ('{"error": {"message": "boom", "code": 1302, "status": 429}}', "429"),
            ('{"error": {"message": "boom", "code": "insufficient_quota"}}', "insufficient_quota"),
            ('{"object": "error", "message": "boom", "code": 400}', "400"),
            ('{"type": "error", "message": "boom", "code": "server_error"}', "server_error"),
            ('{"type": "error", "error": {"type": "overloaded_error", "message": "boom"}}', None),
            ('{"error": "boom"}', None),
            ('{"choices": [{"error": {"message": "boom", "code": 502}}]}', "502"),
            ('[{"error": {"message": "boom", "code": 400}}]', "400"),
        ],
    )
    async def test_in_an_event_are_those_of_the_server(
        self, ai_model: AIModel, model: ModelServer, data: str, code: str | None
    ):
        model.plays(sent(*words(ai_model, "one "), f"data: {data}\n", done=True))

        with pytest.raises(openai.APIError, match="boom") as caught:
            await ask(ai_model)

        assert caught.value.code == code

    async def test_may_be_known_by_the_name_of_the_event(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(*words(ai_model, "one "), "event: error\ndata: boom\n", done=True))

        with pytest.raises(openai.APIError, match="boom"):
            await ask(ai_model)

    async def test_may_be_the_whole_response(self, ai_model: AIModel, model: ModelServer):
        model.answers_without_a_stream('{"error": {"message": "boom", "code": 403}}', "application/json")

        with pytest.raises(openai.APIError, match="boom"):
            await ask(ai_model)


def whole(ai_model: AIModel) -> Json:
    """An answer that was not streamed."""
    if isinstance(ai_model, CompletionsModel):
        message = {"role": "assistant", "content": "the answer"}
        return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    content = [{"type": "output_text", "text": "the answer"}]
    return {"object": "response", "status": "completed", "output": [{"type": "message", "content": content}]}


def as_lines(ai_model: AIModel) -> str:
    events = [*words(ai_model, "the ", "answer"), chunk(None, "stop"), completed()]
    return "\n".join(json.dumps(event) for event in events)


FORMS: dict[str, Callable[[AIModel], str]] = {
    "whole": lambda ai_model: json.dumps(whole(ai_model)),
    "whole and indented": lambda ai_model: json.dumps(whole(ai_model), indent=2).replace("\n", "\n\n"),
    "whole in one event": lambda ai_model: f"data: {json.dumps(whole(ai_model))}\n\n",
    "a document per line": as_lines,
    "events of several lines": lambda ai_model: "".join(
        "".join(f"data: {line}\n" for line in json.dumps(event, indent=1).splitlines()) + "\n"
        for event in [*words(ai_model, "the ", "answer"), chunk(None, "stop"), completed()]
    ),
    "a byte order mark": lambda ai_model: "\ufeff" + sent(*words(ai_model, "the ", "answer"), done=True).body.decode(),
    "carriage returns": lambda ai_model: (
        sent(*words(ai_model, "the ", "answer"), done=True).body.decode().replace("\n", "\r")
    ),
}


class TestForm:
    @pytest.mark.parametrize("kind", ["text/event-stream", "application/json", "text/html", ""])
    @pytest.mark.parametrize("form", FORMS)
    async def test_is_known_by_the_first_bytes(self, ai_model: AIModel, model: ModelServer, form: str, kind: str):
        model.plays(Recording(FORMS[form](ai_model).encode(), headers={"content-type": kind}, piece=7))

        assert await ask(ai_model) == "the answer"

    @pytest.mark.parametrize("word", ["ping", "ok: true", "keep-alive", ": ping"])
    @pytest.mark.parametrize("form", ["", "data: "])
    async def test_may_have_words_that_are_no_events(self, ai_model: AIModel, model: ModelServer, form: str, word: str):
        events = [*words(ai_model, "the ", "answer"), chunk(None, "stop"), completed()]
        first, *others = [f"{form}{json.dumps(event)}\n" for event in events]
        model.plays(Recording("".join([first, f"{form}{word}\n", *others]).encode()))

        assert await ask(ai_model) == "the answer"

    @pytest.mark.parametrize("form", ["", "data: "])
    async def test_without_blank_lines_may_not_be_damaged(self, ai_model: AIModel, model: ModelServer, form: str):
        events = [json.dumps(event) for event in (*words(ai_model, "the ", "answer"), chunk(None, "stop"), completed())]
        damaged = [events[0], events[1][:-5], *events[2:], "[DONE]"]
        model.plays(Recording("".join(f"{form}{event}\n" for event in damaged).encode()))

        with pytest.raises(MalformedAnswerError):
            await ask(ai_model)

    async def test_may_be_text_that_only_the_end_has(self, ai_model: AIModel, model: ModelServer):
        output = [{"type": "message", "content": [{"type": "output_text", "text": "the answer"}]}]
        message = {"choices": [{"message": {"content": "the answer"}, "finish_reason": "stop"}]}
        model.plays(sent(message if isinstance(ai_model, CompletionsModel) else completed(output=output), done=True))

        assert await ask(ai_model) == "the answer"


class Parameters(BaseModel):
    time_zone: str = ""


class Clock:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.tool = Function(name="clock", description="d", parameter_schema=Parameters, handler=self._tell)

    def _tell(self, params: Parameters) -> str:
        self.asked.append(params.time_zone)
        return "now"


def part(index: object, id: object, name: object, arguments: object) -> Json:
    return chunk(tool_calls=[{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}])


HALVES = ('{"time_', 'zone": "Oslo"}')
OSLO, ROME = '{"time_zone": "Oslo"}', '{"time_zone": "Rome"}'

CALLS: dict[str, tuple[list[Json], list[str]]] = {
    "an id per piece, no index": (
        [part(None, "a", "clock", HALVES[0]), part(None, "b", None, HALVES[1])],
        ["Oslo"],
    ),
    "an id per piece, names repeated": (
        [part(0, "a", "clock", HALVES[0]), part(0, "b", "clock", HALVES[1])],
        ["Oslo"],
    ),
    "an index and an id per piece": (
        [part(0, "a", "clock", HALVES[0]), part(1, "b", None, HALVES[1])],
        ["Oslo"],
    ),
    "one id with two indexes": ([part(0, "a", "clock", HALVES[0]), part(1, "a", "", HALVES[1])], ["Oslo"]),
    "pieces that take turns, by index": (
        [
            part(0, "a", "clock", HALVES[0]),
            part(1, "b", "clock", '{"time_zone"'),
            part(0, None, None, HALVES[1]),
            part(1, None, None, ': "Rome"}'),
        ],
        ["Oslo", "Rome"],
    ),
    "pieces that take turns, by id": (
        [
            part(None, "a", "clock", HALVES[0]),
            part(None, "b", "clock", '{"time_zone"'),
            part(None, "a", None, HALVES[1]),
            part(None, "b", None, ': "Rome"}'),
        ],
        ["Oslo", "Rome"],
    ),
    "two calls with one index": ([part(0, "a", "clock", OSLO), part(0, "b", "clock", ROME)], ["Oslo", "Rome"]),
    "two calls with one id": ([part(0, "a", "clock", OSLO), part(1, "a", "clock", ROME)], ["Oslo", "Rome"]),
    "two calls with nothing": ([part(None, None, "clock", OSLO), part(None, None, "clock", ROME)], ["Oslo", "Rome"]),
    "an index as text": ([part("0", "a", "clock", HALVES[0]), part("0", None, None, HALVES[1])], ["Oslo"]),
    "an id as a number": ([part(0, 7, "clock", HALVES[0]), part(0, 7, "clock", HALVES[1])], ["Oslo"]),
    "arguments as an object": ([part(0, "a", "clock", {"time_zone": "Oslo"})], ["Oslo"]),
    "arguments as JSON twice": ([part(0, "a", "clock", json.dumps(OSLO))], ["Oslo"]),
    "arguments as an empty array": ([part(0, "a", "clock", [])], [""]),
    "calls as one object": (
        [chunk(tool_calls={"id": "a", "function": {"name": "clock", "arguments": OSLO}})],
        ["Oslo"],
    ),
    "the older function call": ([chunk(function_call={"name": "clock", "arguments": OSLO})], ["Oslo"]),
}


class TestToolCalls:
    @only_completions
    @pytest.mark.parametrize("form", CALLS)
    async def test_are_put_together(self, ai_model: AIModel, model: ModelServer, form: str):
        events, zones = CALLS[form]
        clock, memory = Clock(), ListMemory()
        model.plays(sent(*events, done=True))

        await Agent(ai_model, memory=memory, functions=[clock.tool]).send("Hi")

        assert clock.asked == zones
        ids = [message["tool_call_id"] for message in model.last["messages"] if message["role"] == "tool"]
        assert len(set(ids)) == len(zones) and all(ids)

    @only_responses
    @pytest.mark.parametrize("end", [[completed()], []])
    @pytest.mark.parametrize("names", [("item_id",), ("output_index",), ()])
    async def test_of_responses_are_put_together(
        self, ai_model: AIModel, model: ModelServer, names: tuple[str, ...], end: list[Json]
    ):
        clock = Clock()
        item = {"type": "function_call", "id": "f", "call_id": "c", "name": "clock", "arguments": ""}
        reference = {name: value for name, value in (("item_id", "f"), ("output_index", 0)) if name in names}
        pieces = [{"type": "response.function_call_arguments.delta", "delta": half} | reference for half in HALVES]
        model.plays(
            sent({"type": "response.output_item.added", "output_index": 0, "item": item}, *pieces, *end, done=True)
        )

        await Agent(ai_model, functions=[clock.tool]).send("Hi")

        assert clock.asked == ["Oslo"]

    @only_responses
    async def test_of_responses_may_be_an_object(self, ai_model: AIModel, model: ModelServer):
        clock = Clock()
        item = {"type": "function_call", "call_id": "c", "name": "clock", "arguments": {"time_zone": "Oslo"}}
        model.plays(sent(completed(output=[item])))

        await Agent(ai_model, functions=[clock.tool]).send("Hi")

        assert clock.asked == ["Oslo"]


def item(call_id: str, zone: str, kind: str = "done", **fields: object) -> Json:
    """An event with a tool call of Responses."""
    call = {"type": "function_call", "call_id": call_id, "name": "clock", "arguments": json.dumps({"time_zone": zone})}
    return {"type": f"response.output_item.{kind}", "item": call, **fields}


def listed(*events: Json) -> Json:
    """The end of Responses, which lists the calls of these events."""
    return completed(output=[event["item"] for event in events])


A, B = item("a", "Oslo"), item("b", "Rome")
NAMELESS: list[Json] = [
    {"type": "response.output_item.done", "item": {"type": "function_call", "name": "clock", "arguments": zone}}
    for zone in (OSLO, ROME)
]
THOUGHT = {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning"}}

PARALLEL: dict[str, list[Json]] = {
    "one index": [A | {"output_index": 0}, B | {"output_index": 0}],
    "one index and the list": [A | {"output_index": 0}, B | {"output_index": 0}, listed(A, B)],
    "no index": [A, B, listed(A, B)],
    "a list without reasoning": [THOUGHT, A | {"output_index": 1}, B | {"output_index": 2}, listed(A, B)],
    "a list in another order": [THOUGHT, A | {"output_index": 1}, B | {"output_index": 2}, listed(B, A)],
    "only the list": [listed(A, B)],
    "one item id": [item("a", "Oslo") | {"item_id": "f"}, item("b", "Rome") | {"item_id": "f"}],
    "no names": NAMELESS,
    "no names and the list": [*NAMELESS, listed(*NAMELESS)],
    "only the list, without names": [listed(*NAMELESS)],
    "ids that only the list tells": [
        *(event | {"output_index": index} for index, event in enumerate(NAMELESS)),
        listed(A, B),
    ],
    "pieces that take turns": [
        item("a", "", "added", output_index=0) | {"item": A["item"] | {"id": "fa", "arguments": ""}},
        item("b", "", "added", output_index=0) | {"item": B["item"] | {"id": "fb", "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "item_id": "fa", "output_index": 0, "delta": OSLO[:9]},
        {"type": "response.function_call_arguments.delta", "item_id": "fb", "output_index": 0, "delta": ROME},
        {"type": "response.function_call_arguments.delta", "item_id": "fa", "output_index": 0, "delta": OSLO[9:]},
    ],
}


class TestParallelCalls:
    @only_responses
    @pytest.mark.parametrize("form", PARALLEL)
    async def test_of_responses_are_kept_apart(self, ai_model: AIModel, model: ModelServer, form: str):
        clock = Clock()
        model.plays(sent(*PARALLEL[form], done=True))

        await Agent(ai_model, functions=[clock.tool]).send("Hi")

        assert sorted(clock.asked) == ["Oslo", "Rome"]
        ids = {item["call_id"] for item in model.last["input"] if item.get("type") == "function_call_output"}
        assert len(ids) == 2 and (ids == {"a", "b"} or NAMELESS[0] in PARALLEL[form] or "without" in form)


def whole_text(words: str, **place: object) -> Json:
    """An event of Responses that repeats a text at its end."""
    return {"type": "response.output_text.done", "text": words, **place}


TEXTS: dict[str, list[Json]] = {
    "of several items": [whole_text("the ", item_id="1", content_index=0), whole_text("answer", item_id="2")],
    "of several places": [whole_text("the ", output_index=0), whole_text("answer", output_index=1)],
    "of several parts": [whole_text("the ", content_index=0), whole_text("answer", content_index=1)],
    "with pieces of one": [
        text("the ") | {"item_id": "1"},
        whole_text("the ", item_id="1"),
        whole_text("answer", item_id="2"),
    ],
    "with pieces that tell no place": [text("the "), text("answer"), whole_text("the answer", item_id="1")],
    "with pieces of another id": [text("the answer") | {"item_id": "1"}, whole_text("the answer", item_id="2")],
    "told twice": [whole_text("the answer", item_id="1"), whole_text("the answer", item_id="1")],
}


class TestWholeTexts:
    @only_responses
    @pytest.mark.parametrize("form", TEXTS)
    async def test_are_taken_once_each(self, ai_model: AIModel, model: ModelServer, form: str):
        model.plays(sent(*TEXTS[form], completed(), done=True))

        assert await ask(ai_model) == "the answer"


class TestReasoning:
    @pytest.mark.parametrize(
        "pieces",
        [
            ["<think>plan</think>\n\n", "the answer"],
            ["\n<th", "ink>pl", "an</thi", "nk>", "\n", "the answer"],
            ["<thinking>plan</thinking>the ", "answer"],
            ["<THINK>\nplan\n</THINK>\n\nthe answer"],
            ["[THINK]plan[/THINK]the answer"],
            ["◁think▷plan◁/think▷the answer"],
            ["<think></think>the answer"],
            ["<think>plan</think>\n<think>more</think>the answer"],
            ["<think>plan of <think> tags</think>the answer"],
            ["the <think>plan</think>answer"],
            ["plan\n</think>\n\nthe answer"],
            ["Ok", "ay, the user", " greets", " me.\n</th", "ink>\n\nthe", " answer"],
            ["\nThe user greets", " me.</think>the answer"],
            ["Hmm.", "</think>", "the ", "answer"],
            ["</think>\n\nthe answer"],
            ["</", "think>", "the answer"],
            ["Okay, `<think>` is a tag.\n</think>\n\nthe answer"],
            ["Okay, ```\ncode\n```\n</think>\nthe answer"],
            ["the\n<think>\nplan\n</think>\n", " answer"],
            ["the answer\n<think>plan</think>"],
            [*"<think>plan</think>the answer"],
        ],
    )
    async def test_are_neither_shown_nor_remembered(self, ai_model: AIModel, model: ModelServer, pieces: list[str]):
        memory, shown = ListMemory(), list[str]()
        model.plays(sent(*words(ai_model, *pieces), done=True))

        await Agent(ai_model, memory=memory).send("Hi", on_chunk=shown.append)

        assert " ".join("".join(shown).split()) == "the answer"
        assert [message.content for message in await memory.get_all()] == ["Hi", "".join(shown)]

    @pytest.mark.parametrize("size", [1, 1000])
    @pytest.mark.parametrize(
        "answer",
        [
            "Write `<think>` before and `</think>` behind.",
            "```\n<think>plan</think>\n```",
            "A tag such as <think> opens them.",
            "1 < 2, [1] and [T",
            "The thoughts end with </think> in the text.",
            "A tag such as <think> opens them.\nThe tag </think> closes them.",
            "They end with </reasoning>.\nThey end with </thought>.",
            "Write <think>plan</think> before the answer.",
            'Write "<think>plan</think>", then the answer.',
            "Write <think>plan</think>\nbefore the answer.",
            "Use this:\n<think>plan</think> before the answer.",
            "Use ``<think>`` and ``</think>``.",
            "```` ```<think>``` ````",
            "~~~\n<think>plan</think>\n~~~\nDone.",
            "````\n```\n<think>\nplan\n</think>\n```\n````\nDone.",
            "```\nplan\n</think>\n```\nDone.",
            "First, write ```\n</think>\n```\nDone.",
            "Okay, the tag `</think>` ends them.",
            "Okay, the tag </think> ends them.",
            "Okay, write <think>plan</think> before the answer.",
            "First, a line:\n```\nplan\n</think>\n```\nDone.",
            "Write <think> and so on:\n</think>\nDone.",
            "`</think>`\n</think> is a tag.",
        ],
    )
    async def test_are_not_the_text_about_their_tags(
        self, ai_model: AIModel, model: ModelServer, answer: str, size: int
    ):
        pieces = [answer[start : start + size] for start in range(0, len(answer), size)]
        model.plays(sent(*words(ai_model, *pieces), done=True))
        shown: list[str] = []

        assert await ask(ai_model, shown) == answer == "".join(shown)

    @pytest.mark.parametrize("pieces", [["Okay, ", "here ", "it is."], ["\n", "The ", "sun."], ["First"], ["Let"]])
    async def test_that_it_only_looks_like_are_shown(self, ai_model: AIModel, model: ModelServer, pieces: list[str]):
        model.plays(sent(*words(ai_model, *pieces), done=True))
        model.plays(sent(*words(ai_model, *pieces), done=True))

        first, second = list[str](), list[str]()
        assert await ask(ai_model, first) == await ask(ai_model, second) == "".join(pieces)

        assert "".join(first) == "".join(second) == "".join(pieces)
        assert len(second) == len([piece for piece in pieces if piece.strip()]), "the model is known not to think so"

    async def test_without_an_answer_are_none(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(*words(ai_model, "<think>plan"), done=True))

        with pytest.raises(EmptyAnswerError):
            await ask(ai_model)

    async def test_that_nothing_opens_are_expected_once_known(self, ai_model: AIModel, model: ModelServer):
        pieces, memory, shown = ["pl", "an\n", "</think>\n\nthe ", "answer"], ListMemory(), list[str]()
        model.plays(sent(*words(ai_model, *pieces), done=True))
        model.plays(sent(*words(ai_model, *pieces), done=True))

        await Agent(ai_model, memory=memory).send("Hi")
        await Agent(ai_model, memory=memory).send("Hi", on_chunk=shown.append)

        assert [message.content for message in await memory.get_all()] == ["Hi", "the answer"] * 2
        assert "".join(shown) == "the answer"

    async def test_that_are_expected_may_leave_code_open(self, ai_model: AIModel, model: ModelServer):
        for _ in range(2):
            model.plays(sent(*words(ai_model, "plan\n</think>\n\nthe answer"), done=True))
            await ask(ai_model)
            model.plays(sent(*words(ai_model, "plan:\n```\ncode\n</think>\n\nthe answer"), done=True))

            assert await ask(ai_model) == "the answer"

    async def test_that_a_tag_opens_are_no_habit(self, ai_model: AIModel, model: ModelServer):
        model.plays(sent(*words(ai_model, "<think>plan</think>\n</think>\nthe answer"), done=True))
        assert await ask(ai_model) == "the answer"
        shown: list[str] = []
        model.plays(sent(*words(ai_model, "the ", "answer"), done=True))

        assert await ask(ai_model, shown) == "the answer"

        assert shown == ["the ", "answer"]

    async def test_that_nothing_opens_are_no_longer_expected(self, ai_model: AIModel, model: ModelServer):
        for answer in ("plan\n</think>\n\nthe answer", "the answer"):
            model.plays(sent(*words(ai_model, answer), done=True))
            assert await ask(ai_model) == "the answer"
        shown: list[str] = []
        model.plays(sent(*words(ai_model, "the ", "answer"), done=True))

        assert await ask(ai_model, shown) == "the answer"

        assert shown == ["the ", "answer"]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "pieces",
        [
            ["`<think>` " * 10_000],
            ["`<think>` "] * 10_000,
            [" "] * 60_000 + ["x"],
            ["</think> "] * 10_000,
            ["<think> "] * 10_000,
            ["</think>" + " " * 10_000] * 10,
            ["`"] * 50_000,
        ],
        ids=["one piece", "code", "blanks", "closers", "openers", "blanks behind", "backticks"],
    )
    def test_take_time_in_proportion_to_the_text(self, pieces: list[str]):
        filter = Habit("model").new_filter()

        with cpu_time() as cpu:
            for piece in pieces:
                filter.feed(piece)
            filter.close()

        assert cpu.seconds < 0.4

    @pytest.mark.parametrize("name", ["deepseek-r1:8b", "QwQ-32B", "Qwen3-30B-A3B-Thinking-2507"])
    async def test_are_expected_of_some_models(self, environment: dict[str, str], model: ModelServer, name: str):
        async with open_model(Settings.load(environment | {"OPENAI_MODEL": name})) as ai_model:
            shown: list[str] = []
            model.plays(sent(chunk("pl"), chunk("an</think>the "), chunk("answer"), done=True))
            await ask(ai_model, shown)
            assert shown == ["the ", "answer"]

    async def test_that_are_expected_may_take_their_time(self, environment: dict[str, str], model: ModelServer):
        pause = f"%%SLEEP {STALL_TIMEOUT - 1}"
        async with open_model(
            Settings.load(environment | {"OPENAI_MODEL": "deepseek-r1", "MODEL_TIMEOUT": "25"})
        ) as ai_model:
            model.plays(sent(chunk("the "), pause, chunk("answer "), pause, chunk("is"), pause, done=True))
            assert await ask(ai_model) == "the answer is"

    async def test_are_no_longer_expected_of_others(self, environment: dict[str, str], model: ModelServer):
        async with open_model(Settings.load(environment | {"OPENAI_MODEL": "deepseek-r1"})) as ai_model:
            for chunks in (["the answer"], ["the ", "answer"]):
                shown: list[str] = []
                model.plays(sent(chunk("the "), chunk("answer"), done=True))
                assert await ask(ai_model, shown) == "the answer"
                assert shown == chunks


def refusing(*names: str, status: int, body: Callable[[str], Any]) -> Callable[[Json], Turn]:
    """Answers as a server that refuses these parameters."""

    def answer(request: Json) -> Turn:
        name = next((name for name in names if name in request), None)
        if name is None:
            return Turn(["OK."])
        return Turn(recording=Recording(json.dumps(body(name)).encode(), status, {"content-type": "application/json"}))

    return answer


REFUSALS: dict[str, tuple[int, Callable[[str], Any]]] = {
    "OpenAI": (400, lambda name: {"error": {"message": "Unsupported parameter", "param": name, "code": "x"}}),
    "in words": (400, lambda name: {"error": {"message": f"Unsupported parameter: '{name}' is not supported here."}}),
    "FastAPI": (422, lambda name: {"detail": [{"loc": ["body", name], "msg": "Extra inputs are not permitted"}]}),
    "an argument too many": (500, lambda name: {"error": f"create() got an unexpected keyword argument '{name}'"}),
    "a list": (400, lambda name: {"error": {"message": f"Unrecognized request arguments supplied: {name}"}}),
    "only the default": (
        400,
        lambda name: {
            "error": {
                "message": f"Unsupported value: '{name}' does not support this with this model. Only the default (1) "
                "value is supported.",
                "param": name,
                "code": "unsupported_value",
            }
        },
    ),
    "of the model": (400, lambda name: {"error": {"message": f"The model does not support the '{name}' parameter."}}),
    "unknown": (400, lambda name: {"error": {"message": f"Unknown parameter: '{name}'.", "code": "unknown_parameter"}}),
    "JSON Schema": (400, lambda name: {"message": f"Additional properties are not allowed ('{name}' was unexpected)"}),
    "with its type": (
        400,
        lambda name: {"error": {"type": "invalid_request_error", "message": f"{name} is not supported by the model"}},
    ),
    "vLLM": (
        400,
        lambda name: {
            "object": "error",
            "message": f"[{{'type': 'extra_forbidden', 'loc': ('body', '{name}'), 'msg': 'Extra inputs are not "
            "permitted', 'input': False}]",
        },
    ),
    "Gemini": (400, lambda name: [{"error": {"message": f'Invalid JSON payload. Unknown name "{name}": no field.'}}]),
    "Fireworks": (
        400,
        lambda name: {"error": {"message": f"Extra inputs are not permitted, field: '{name}', value: 1"}},
    ),
    "Anthropic": (400, lambda name: {"error": {"message": f"{name}: Extra inputs are not permitted"}}),
    "a property": (400, lambda name: {"error": {"message": f"property '{name}' is unsupported"}}),
    "at its end": (400, lambda name: {"message": f"{name} is not supported by this model"}),
}


class TestOptionalParameters:
    @pytest.mark.parametrize("refusal", REFUSALS)
    @pytest.mark.parametrize("api", ["completions", "responses"])
    async def test_are_left_out_once_they_are_refused(
        self, environment: dict[str, str], model: ModelServer, api: str, refusal: str
    ):
        status, body = REFUSALS[refusal]
        names = ("stream_options", "temperature") if api == "completions" else ("store", "temperature")
        answer = refusing(*names, status=status, body=body)
        model.improvise = lambda: answer(model.last)

        async with open_model(Settings.load(environment | {"OPENAI_API": api, "MODEL_TEMPERATURE": "0.5"})) as ai_model:
            assert await ask(ai_model) == "OK."
            assert len(model.requests) == 3
            assert await ask(ai_model) == "OK."

        assert len(model.requests) == 4 and not model.last.keys() & set(names)

    @pytest.mark.parametrize("taken", ["max_tokens", "max_completion_tokens", None])
    async def test_with_another_name_are_sent_under_it(
        self, environment: dict[str, str], model: ModelServer, taken: str | None
    ):
        names = [name for name in ("max_tokens", "max_completion_tokens") if name != taken]
        answer = refusing(
            *names,
            status=400,
            body=lambda name: {
                "error": {
                    "message": f"Unsupported parameter: '{name}' is not supported with this model.",
                    "param": name,
                }
            },
        )
        model.improvise = lambda: answer(model.last)

        async with open_model(Settings.load(environment | {"MODEL_MAX_OUTPUT_TOKENS": "50"})) as ai_model:
            assert await ask(ai_model) == "OK."

        assert {name: model.last[name] for name in model.last if "tokens" in name} == ({taken: 50} if taken else {})

    @pytest.mark.parametrize(
        ("status", "message"),
        [
            (400, "What is the temperature in the store?"),
            (401, "stream_options"),
            (400, "bad request"),
            (400, "Items are not persisted when `store` is set to false."),
            (400, "'max_output_tokens': integer above maximum value. Expected a value <= 50, but got 60."),
            (400, "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3."),
            (400, "Item rs_1 not found in vector store, which is not supported."),
            (400, "The temperature of the answer is not supported."),
            (400, "`temperature` has an unsupported value: 'max_output_tokens' is 5."),
            (400, "Unsupported value: 'temperature' does not support 0.5 with this model."),
            (400, "Unsupported parameter: 'tools'. The 'temperature' and 'store' are as before."),
            (400, "'store' must be true, other values are not allowed."),
        ],
    )
    @pytest.mark.parametrize("api", ["completions", "responses"])
    async def test_stay_when_something_else_is_refused(
        self, environment: dict[str, str], model: ModelServer, status: int, message: str, api: str
    ):
        model.refuses(status, "x", message)

        environment |= {"OPENAI_API": api, "MODEL_TEMPERATURE": "0.5", "MODEL_MAX_OUTPUT_TOKENS": "60"}
        async with open_model(Settings.load(environment)) as ai_model:
            with pytest.raises(openai.APIStatusError):
                await ask(ai_model)

        assert len(model.requests) == 1


class TestBounds:
    async def test_an_event_has_a_largest_size(self, ai_model: AIModel, model: ModelServer):
        model.plays(Recording(b'data: {"x": "' + b"x" * 5_000_000))

        with pytest.raises(MalformedAnswerError, match="larger"):
            await ask(ai_model)

    @pytest.mark.slow
    async def test_a_compressed_answer_is_read_in_pieces(self, ai_model: AIModel, model: ModelServer):
        bomb = gzip.compress((b": ".ljust(100_000) + b"\n") * 1_000)
        model.improvise = lambda: Turn(recording=Recording(bomb, headers={"content-encoding": "gzip"}))

        with pytest.raises(openai.OpenAIError, match="larger than"):
            await ask(ai_model)

    async def test_the_body_of_an_error_is_cut(self, ai_model: AIModel, model: ModelServer):
        body = json.dumps({"error": {"message": "no" * 1_000_000}}).encode()
        model.plays(Recording(body, status=400))

        with pytest.raises(openai.BadRequestError) as caught:
            await ask(ai_model)

        assert len(caught.value.message) < 100_000

    async def test_a_compressed_error_is_cut(self, ai_model: AIModel, model: ModelServer):
        body = gzip.compress(b"x" * 10_000_000)
        model.plays(Recording(body, status=400, headers={"content-encoding": "gzip"}))

        with pytest.raises(openai.BadRequestError) as caught:
            await ask(ai_model)

        assert len(caught.value.message) < 100_000

    @pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"no gzip")])
    async def test_another_encoding_is_refused(self, ai_model: AIModel, model: ModelServer, encoding: str, body: bytes):
        model.plays(Recording(body, headers={"content-encoding": encoding}))

        with pytest.raises(MalformedAnswerError):
            await ask(ai_model)


class TestRedirect:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    @pytest.mark.parametrize(
        "to", ["http://localhost:{port}/v1/x", "http://127.0.0.1:1/x", "https://127.0.0.1:{port}/x"]
    )
    async def test_to_another_host_is_refused(self, ai_model: AIModel, model: ModelServer, to: str, status: int):
        location = to.format(port=model.url.rpartition(":")[2])
        model.plays(Recording(b"", status=status, headers={"location": location}))

        with pytest.raises(openai.APIStatusError):
            await ask(ai_model)

        assert len(model.requests) == 1

    async def test_to_the_same_host_is_followed(self, ai_model: AIModel, model: ModelServer):
        path = "chat/completions" if isinstance(ai_model, CompletionsModel) else "responses"
        model.plays(Recording(b"", status=307, headers={"location": f"/elsewhere/{path}"}))

        assert await ask(ai_model) == "OK."

        assert model.paths == [f"v1/{path}", f"elsewhere/{path}"]
