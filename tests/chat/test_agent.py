"""The agent and the prompt, over both APIs of OpenAI."""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

import openai
import pytest
from microsoft_teams.ai import AIModel, ChatPrompt, Function, FunctionMessage, ListMemory, ModelMessage, UserMessage
from microsoft_teams.apps.plugins.streamer import StreamCancelledError
from pydantic import BaseModel, field_validator

from doubles.cpu import cpu_time
from doubles.model_server import Json, ModelServer
from parley.chat import Agent
from parley.models import Answer
from parley.models.errors import ContextTooLongError, EmptyAnswerError, EndlessToolCallsError
from parley.models.messages import Usage


class City(BaseModel):
    city: str


async def weather(params: City) -> str:
    return f"Sun in {params.city}."


WEATHER = Function[City](name="weather", description="The weather in a city.", parameter_schema=City, handler=weather)


class TestMemory:
    async def test_an_agent_sends_the_earlier_messages(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model)
        await agent.send("One", instructions="Be brief.")

        await agent.send("Two", instructions="Be brief.")

        assert model.messages() == [("system", "Be brief."), ("user", "One"), ("assistant", "OK."), ("user", "Two")]

    async def test_a_prompt_sends_each_message_on_its_own(self, ai_model: AIModel, model: ModelServer):
        prompt = ChatPrompt(ai_model)
        await prompt.send("One")

        await prompt.send("Two")

        assert model.messages() == [("user", "Two")]

    async def test_the_memory_of_an_agent_is_used_by_each_send(self, ai_model: AIModel):
        memory = ListMemory()
        agent = Agent(ai_model, memory=memory)
        await agent.send("One")

        await agent.send("Two")

        assert [message.content for message in await memory.get_all()] == ["One", "OK.", "Two", "OK."]

    async def test_a_memory_given_to_one_send_is_used_for_that_one(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model)
        await agent.send("One")

        await agent.send("Two", memory=ListMemory())
        assert model.messages() == [("user", "Two")]

        await agent.send("Three")
        assert model.messages() == [("user", "One"), ("assistant", "OK."), ("user", "Three")]

    async def test_a_failed_send_leaves_the_memory_as_it_was(self, ai_model: AIModel, model: ModelServer):
        memory = ListMemory()
        agent = Agent(ai_model, memory=memory)
        model.fails_after("Half an ans")

        with pytest.raises(openai.APIError, match="failed"):
            await agent.send("One")

        assert await memory.get_all() == []

    async def test_an_empty_memory_is_used_as_well(self, ai_model: AIModel):
        class Sized(ListMemory):
            def __len__(self) -> int:
                return 0

        memory = Sized()
        await Agent(ai_model, memory=memory).send("One")

        assert [message.content for message in await memory.get_all()] == ["One", "OK."]

    @pytest.mark.parametrize("words", [(), (" ", "\n")])
    async def test_an_empty_answer_is_not_remembered(
        self, ai_model: AIModel, model: ModelServer, words: tuple[str, ...]
    ):
        """The APIs refuse a history with an empty message of the assistant."""
        agent = Agent(ai_model)
        model.answers(*words)
        with pytest.raises(EmptyAnswerError):
            await agent.send("One")

        await agent.send("Two")

        assert model.messages() == [("user", "Two")]


class TestStreaming:
    async def test_each_chunk_is_passed_on_as_it_arrives(self, ai_model: AIModel, model: ModelServer):
        model.answers("One, ", "two, ", "three.")
        chunks: list[str] = []

        result = await Agent(ai_model).send("Count", on_chunk=chunks.append)

        assert chunks == ["One, ", "two, ", "three."]
        assert result.response.content == "One, two, three."

    async def test_goes_on_after_a_tool_call(self, ai_model: AIModel, model: ModelServer):
        model.calls(("call-1", "weather", '{"city": "Oslo"}'), words=("Let me look. ",))
        model.answers("It is ", "sunny.")
        chunks: list[str] = []

        await Agent(ai_model, functions=[WEATHER]).send("Weather?", on_chunk=chunks.append)

        assert chunks == ["Let me look. ", "\n\nIt is ", "sunny."]

    async def test_after_a_tool_call_without_text_adds_no_empty_line(self, ai_model: AIModel, model: ModelServer):
        model.calls(("call-1", "weather", '{"city": "Oslo"}'))
        model.answers("It is ", "sunny.")
        chunks: list[str] = []

        await Agent(ai_model, functions=[WEATHER]).send("Weather?", on_chunk=chunks.append)

        assert chunks == ["It is ", "sunny."]


class TestTools:
    async def test_the_result_of_a_call_is_sent_back(self, ai_model: AIModel, model: ModelServer):
        model.calls(("call-1", "weather", '{"city": "Oslo"}'))
        model.answers("It is sunny.")

        result = await Agent(ai_model, functions=[WEATHER]).send("Weather in Oslo?")

        assert result.response.content == "It is sunny."
        assert _results(model) == {"call-1": "Sun in Oslo."}

    async def test_are_offered_with_the_schema_of_their_parameters(self, ai_model: AIModel, model: ModelServer):
        await Agent(ai_model, functions=[WEATHER]).send("Hi")

        [tool] = model.last["tools"]
        tool = tool.get("function", tool)
        assert tool["name"] == "weather" and tool["description"] == "The weather in a city."
        assert tool["parameters"]["required"] == ["city"]
        assert not tool.get("strict"), "a strict schema may not have optional parameters"

    async def test_without_parameters_can_be_called(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model).with_function(name="clock", description="The time.", handler=lambda: "noon")
        model.calls(("call-1", "clock", ""))

        await agent.send("What time is it?")

        assert _results(model) == {"call-1": "noon"}

    async def test_of_one_round_run_side_by_side(self, ai_model: AIModel, model: ModelServer):
        both_run = asyncio.Barrier(2)

        async def meet() -> str:
            await both_run.wait()
            return "met"

        agent = Agent(ai_model).with_function(name="meet", description="Meet.", handler=meet)
        model.calls(("call-1", "meet", "{}"), ("call-2", "meet", "{}"))

        await asyncio.wait_for(agent.send("Meet"), timeout=10)

        assert _results(model) == {"call-1": "met", "call-2": "met"}

    async def test_of_one_round_are_run_up_to_128(self, ai_model: AIModel, model: ModelServer):
        runs = 0

        def count() -> str:
            nonlocal runs
            runs += 1
            return "counted"

        agent = Agent(ai_model).with_function(name="count", description="Count.", handler=count)
        model.calls(*((f"call-{number}", "count", "{}") for number in range(130)))

        await agent.send("Count")

        results = _results(model)
        assert runs == 128 and len(results) == 130 and results["call-127"] == "counted"
        assert results["call-129"].startswith("Not run")

    @pytest.mark.slow
    async def test_of_one_round_take_linear_time(self, ai_model: AIModel, model: ModelServer):
        model.calls(*((f"call-{number}", "weather", '{"city": "Oslo"}') for number in range(4_500)))
        agent = Agent(ai_model, functions=[WEATHER])

        with cpu_time() as cpu:
            await agent.send("Weather?")

        assert cpu.seconds < 2  # seconds; by a square it took 4

    @pytest.mark.parametrize(
        ("name", "arguments", "result"),
        [
            ("nonsense", "{}", "There is no tool named nonsense."),
            ("weather", '{"city": ', "The arguments are not a JSON object."),
            ("weather", '["Oslo"]', "The arguments are not a JSON object."),
            ("weather", '{"town": "Oslo"}', "The arguments do not fit"),
            pytest.param(
                "weather", f'{{"city": {"[" * 100_000}', "The arguments are not a JSON object.", id="too deep"
            ),
            ("broken", "{}", "The tool failed: RuntimeError."),
            ("picky", "{}", "The tool failed: ValidationError."),
            ("impatient", "{}", "The tool failed: TimeoutError."),
            ("endless", "{}", "The tool was stopped, because it took longer than 30 seconds."),
            ("stubborn", "{}", "The tool was stopped, because it took longer than 30 seconds."),
            ("cancelled", "{}", "The tool failed: CancelledError."),
            ("fussy", '{"city": "Oslo"}', "The tool failed: KeyError."),
        ],
    )
    async def test_that_fail_give_the_model_a_helpful_result(
        self, ai_model: AIModel, model: ModelServer, name: str, arguments: str, result: str
    ):
        def broken() -> str:
            raise RuntimeError("inner workings")

        async def picky() -> str:
            return await weather(City.model_validate({}))

        async def impatient() -> str:
            raise TimeoutError

        async def endless() -> str:
            await asyncio.Event().wait()
            return "never"

        async def stubborn() -> str:
            for _ in range(100):
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(50)
            return "at last"

        async def cancelled() -> str:
            raise StreamCancelledError

        class Known(City):
            @field_validator("city")
            @classmethod
            def look_up(cls, city: str) -> str:
                return {"Rome": "Roma"}[city]

        agent = Agent(ai_model, functions=[WEATHER, Function[Known]("fussy", "Fails.", Known, weather)])
        for handler in (broken, picky, impatient, endless, stubborn, cancelled):
            agent.with_function(name=handler.__name__, description="Fails.", handler=handler)
        model.calls(("call-1", name, arguments))
        model.answers("I could not find out.")
        started = asyncio.get_running_loop().time()

        answer = await agent.send("Weather?")

        assert asyncio.get_running_loop().time() - started < 31

        assert answer.response.content == "I could not find out."
        assert _results(model)["call-1"].startswith(result)
        assert "inner workings" not in json.dumps(model.last)

    @pytest.mark.parametrize(
        ("seconds", "line"),
        [(0, "Tool tired failed"), (60, "Tool tired took longer than 30 s")],
    )
    async def test_that_fail_are_logged(
        self, ai_model: AIModel, model: ModelServer, caplog: pytest.LogCaptureFixture, seconds: float, line: str
    ):
        async def tired() -> str:
            await asyncio.sleep(seconds)
            raise RuntimeError("why it failed")

        model.calls(("call-1", "tired", "{}"))

        await Agent(ai_model).with_function(name="tired", description="Fails.", handler=tired).send("Hi")

        [record] = [record for record in caplog.records if record.name.startswith("parley")]
        assert record.getMessage() == line
        assert seconds or "why it failed" in caplog.text

    async def test_may_not_be_called_after_the_last_round(self, ai_model: AIModel, model: ModelServer):
        for round in range(8):
            model.calls((f"call-{round}", "weather", '{"city": "Oslo"}'))
        model.answers("Enough.")

        result = await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert result.response.content == "Enough."
        assert len(model.requests) == 8 + 1
        choices = [request.get("tool_choice") for request in model.requests]
        assert choices == [None] * 8 + ["none"]

    async def test_called_after_the_last_round_are_not_remembered(self, ai_model: AIModel, model: ModelServer):
        """Ollama ignores `tool_choice`."""
        memory = ListMemory()
        for round in range(9):
            model.calls((f"call-{round}", "weather", '{"city": "Oslo"}'), words=("Enough. ",))

        result = await Agent(ai_model, memory=memory, functions=[WEATHER]).send("Weather?")

        assert (result.response.content, result.response.function_calls) == ("Enough. ", None)
        assert len(model.requests) == 9
        remembered = await memory.get_all()
        assert len(remembered) == 1 + 8 * 2 + 1
        assert remembered[-1] == result.response

    async def test_called_too_often_without_text_are_offered_no_more(self, ai_model: AIModel, model: ModelServer):
        memory = ListMemory()
        for round in range(9):
            model.calls((f"call-{round}", "weather", '{"city": "Oslo"}'), usage=(10, 1))
        model.answers("Enough.", usage=(10, 1))

        result = await Agent(ai_model, memory=memory, functions=[WEATHER]).send("Weather?")

        assert result.response.content == "Enough."
        assert isinstance(result.response, Answer) and result.response.usage == Usage(100, 10)
        assert ["tools" in request for request in model.requests] == [True] * 9 + [False]
        assert len(await memory.get_all()) == 1 + 8 * 2 + 1

    async def test_that_the_model_never_stops_calling_are_an_error(self, ai_model: AIModel, model: ModelServer):
        memory = ListMemory()
        for round in range(10):
            model.calls((f"call-{round}", "weather", '{"city": "Oslo"}'))

        with pytest.raises(EndlessToolCallsError):
            await Agent(ai_model, memory=memory, functions=[WEATHER]).send("Weather?")

        assert await memory.get_all() == []

    async def test_whose_call_was_cut_at_the_token_limit_are_not_run(self, ai_model: AIModel, model: ModelServer):
        model.is_cut_off_after("Let me look. ", calls=[("call-1", "weather", "")])

        result = await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert (result.response.content, result.response.function_calls) == ("Let me look. ", None)
        assert len(model.requests) == 1

    async def test_of_one_round_end_when_the_turn_is_cancelled(self, ai_model: AIModel, model: ModelServer):
        started, over = asyncio.Event(), asyncio.Event()

        async def linger() -> str:
            started.set()
            try:
                await asyncio.sleep(10)
            finally:
                over.set()
            return "late"

        agent = Agent(ai_model).with_function(name="linger", description="Takes long.", handler=linger)
        model.calls(("call-1", "linger", "{}"))
        turn = asyncio.create_task(agent.send("Hi"))
        await started.wait()

        turn.cancel()

        with pytest.raises(asyncio.CancelledError):
            await turn
        assert over.is_set()

    async def test_are_remembered_with_their_results(self, ai_model: AIModel, model: ModelServer):
        memory = ListMemory()
        model.calls(("call-1", "weather", '{"city": "Oslo"}'))
        model.answers("Sunny.")

        await Agent(ai_model, memory=memory, functions=[WEATHER]).send("Weather?")

        question, call, result, answer = await memory.get_all()
        assert question == UserMessage("Weather?")
        assert isinstance(call, ModelMessage) and call.function_calls and call.function_calls[0].name == "weather"
        assert result == FunctionMessage("Sun in Oslo.", "call-1")
        assert answer.content == "Sunny."


class TestToolSettings:
    @pytest.fixture
    def environment(self, environment: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
        return environment | getattr(request, "param", {})

    @pytest.mark.parametrize("environment", [{"MODEL_MAX_TOOL_ROUNDS": "2"}], indirect=True)
    async def test_limit_the_rounds(self, ai_model: AIModel, model: ModelServer):
        for round in range(2):
            model.calls((f"call-{round}", "weather", '{"city": "Oslo"}'))

        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert [request.get("tool_choice") for request in model.requests] == [None, None, "none"]

    @pytest.mark.parametrize("environment", [{"MODEL_MAX_TOOL_ROUNDS": "0"}], indirect=True)
    async def test_may_offer_none_to_a_model_that_takes_none(self, ai_model: AIModel, model: ModelServer):
        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert "tools" not in model.last and "tool_choice" not in model.last

    @pytest.mark.parametrize("environment", [{"TOOL_TIMEOUT": "1.5"}], indirect=True)
    async def test_limit_the_time_of_a_tool(self, ai_model: AIModel, model: ModelServer):
        async def endless() -> str:
            await asyncio.sleep(3600)
            return "late"

        agent = Agent(ai_model).with_function(name="endless", description="Takes long.", handler=endless)
        model.calls(("call-1", "endless", "{}"), ("call-2", "endless", "{}"))
        started = asyncio.get_running_loop().time()

        await agent.send("Hi")

        assert set(_results(model).values()) == {"The tool was stopped, because it took longer than 1.5 seconds."}
        assert asyncio.get_running_loop().time() - started < 2, "the tools of a round run side by side"


class TestLongHistory:
    """A history with more tokens than the model accepts."""

    async def test_is_sent_again_with_only_its_newer_half(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model)
        for question in ("One!", "Two!", "Six!", "Ten!"):
            await agent.send(question)
        model.refuses(400, "context_length_exceeded")
        model.answers("Yes.")

        result = await agent.send("Now?")

        assert result.response.content == "Yes."
        assert [content for role, content in model.messages() if role == "user"] == ["Six!", "Ten!", "Now?"]

    async def test_is_left_out_when_its_newer_half_is_too_long(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model)
        for question in ("One!", "Two!", "Six!", "Ten!"):
            await agent.send(question)
        for _ in range(2):
            model.refuses(400, "context_length_exceeded")

        assert (await agent.send("Now?")).response.content == "OK."
        assert model.messages() == [("user", "Now?")]

    async def test_is_shortened_only_twice(self, ai_model: AIModel, model: ModelServer):
        memory = ListMemory()
        agent = Agent(ai_model, memory=memory)
        for question in ("One!", "Two!", "Six!", "Ten!"):
            await agent.send(question)
        before = list(await memory.get_all())
        for _ in range(3):
            model.refuses(400, "context_length_exceeded")

        with pytest.raises(ContextTooLongError):
            await agent.send("Now?")

        assert len(model.requests) == 7
        assert await memory.get_all() == before

    async def test_that_is_empty_is_not_tried_again(self, ai_model: AIModel, model: ModelServer):
        model.refuses(400, "context_length_exceeded")

        with pytest.raises(ContextTooLongError):
            await Agent(ai_model).send("A very long question")

        assert len(model.requests) == 1

    async def test_of_one_long_exchange_is_left_out(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model)
        await agent.send("One?")
        await agent.send("Two?" * 100)
        model.refuses(400, "context_length_exceeded")

        await agent.send("Now?")

        assert model.messages() == [("user", "Now?")]

    async def test_after_a_tool_call_keeps_the_messages_of_the_turn(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model, functions=[WEATHER])
        await agent.send("One?")
        model.calls(("call-1", "weather", '{"city": "Oslo"}'), words=("Let me look.",))
        model.refuses(400, "context_length_exceeded")
        model.answers("Sunny.")
        chunks: list[str] = []

        await agent.send("Weather?", on_chunk=chunks.append)

        assert "".join(chunks) == "Let me look.\n\nSunny."
        assert model.messages()[:2] == [("user", "Weather?"), ("assistant", "Let me look.")]
        assert _results(model) == {"call-1": "Sun in Oslo."}

    @pytest.mark.parametrize(
        ("status", "code", "message"),
        [
            (400, "400", "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."),
            (400, "400", "The decoder prompt (length 5000) is longer than the maximum model length of 4096."),
            (400, "400", "the request exceeds the available context size. try increasing the context size"),
            (400, "400", "litellm.ContextWindowExceededError"),
            (400, "400", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
            (400, "400", "prompt is too long: 210000 tokens > 200000 maximum"),
            (422, "422", "maximum context length"),
            (400, "string_above_max_length", "Invalid input: string too long"),
            (413, "tokens_limit_reached", "Request body too large for the model"),
            (413, "rate_limit_exceeded", "Request too large"),
        ],
    )
    async def test_is_recognized_by_the_message_of_each_server(
        self, ai_model: AIModel, model: ModelServer, status: int, code: str, message: str
    ):
        model.refuses(status, code, message)

        with pytest.raises(ContextTooLongError):
            await Agent(ai_model).send("Hi")

    async def test_is_recognized_by_the_error_type_of_llama_cpp(self, ai_model: AIModel, model: ModelServer):
        model.refuses(400, "400", "too much", type="exceed_context_size_error")

        with pytest.raises(ContextTooLongError):
            await Agent(ai_model).send("Hi")

    @pytest.mark.parametrize(
        ("status", "message"),
        [
            (404, "model 'mistral-7b-context-window-32k' not found"),
            (429, "Too many requests with a long context window"),
        ],
    )
    async def test_is_not_assumed_when_another_error_is_reported(
        self, ai_model: AIModel, model: ModelServer, status: int, message: str
    ):
        model.refuses(status, str(status), message)

        with pytest.raises(openai.APIStatusError):
            await Agent(ai_model).send("Hi")

    async def test_is_not_halved_when_the_answer_has_begun(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model)
        await agent.send("One?")
        model.fails_after("Half of ", code="context_length_exceeded")
        chunks: list[str] = []

        with pytest.raises(openai.APIError, match="failed"):
            await agent.send("Now?", on_chunk=chunks.append)

        assert chunks == ["Half of "]

    async def test_may_be_reported_within_the_stream(self, ai_model: AIModel, model: ModelServer):
        agent = Agent(ai_model)
        await agent.send("One?")
        model.fails_after(code="context_length_exceeded")

        assert (await agent.send("Now?")).response.content == "OK."
        assert model.messages() == [("user", "Now?")]


class TestUsage:
    async def test_of_all_rounds_is_summed(self, ai_model: AIModel, model: ModelServer):
        model.calls(("call-1", "weather", '{"city": "Oslo"}'), usage=(100, 20))
        model.answers("Sunny.", usage=(130, 5))

        result = await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert isinstance(result.response, Answer)
        assert result.response.usage == Usage(230, 25)

    async def test_is_unknown_where_the_server_reports_none(self, ai_model: AIModel):
        result = await Agent(ai_model).send("Hi")

        assert isinstance(result.response, Answer)
        assert result.response.usage == Usage(None, None)

    async def test_sums_the_rounds_that_reported_it(self, ai_model: AIModel, model: ModelServer):
        model.calls(("call-1", "weather", '{"city": "Oslo"}'), usage=(100, 20))
        model.answers("Sunny.")

        result = await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert isinstance(result.response, Answer)
        assert result.response.usage == Usage(100, 20)

    async def test_is_logged_for_each_request_of_a_failing_turn(
        self, ai_model: AIModel, model: ModelServer, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.INFO, "parley")
        model.calls(("call-1", "weather", '{"city": "Oslo"}'), usage=(100, 20))
        model.answers(usage=(130, 5))

        with pytest.raises(EmptyAnswerError):
            await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert "100 tokens in, 20 out" in caplog.text and "130 tokens in, 5 out" in caplog.text


def _chunk(delta: Json | None, finish_reason: str | None = None) -> Json:
    choice = {"index": 0, "finish_reason": finish_reason} | ({} if delta is None else {"delta": delta})
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _call(name: str, arguments: str, *, id: str | None = None) -> Json:
    return _chunk({"tool_calls": [{"index": 0, "id": id, "function": {"name": name, "arguments": arguments}}]})


@pytest.mark.parametrize("ai_model", ["completions"], indirect=True)
class TestServersOfChatCompletions:
    async def test_may_send_choices_without_a_delta_as_azure_does(self, ai_model: AIModel, model: ModelServer):
        model.streams(_chunk({"content": "Hi."}), _chunk(None), _chunk({}, "stop"), _chunk(None))

        assert (await Agent(ai_model).send("Hi")).response.content == "Hi."

    async def test_may_give_all_calls_the_same_index_as_ollama_does(self, ai_model: AIModel, model: ModelServer):
        oslo, rome = '{"city": "Oslo"}', '{"city": "Rome"}'
        model.streams(_call("weather", oslo, id="a"), _call("weather", rome, id="b"), _chunk({}, "tool_calls"))

        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert _results(model) == {"a": "Sun in Oslo.", "b": "Sun in Rome."}

    async def test_may_repeat_a_calls_id_and_name_with_each_piece(self, ai_model: AIModel, model: ModelServer):
        first, second = _call("weather", '{"city":', id="a"), _call("weather", ' "Oslo"}', id="a")
        model.streams(first, second, _chunk({}, "tool_calls"))

        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert _results(model) == {"a": "Sun in Oslo."}

    async def test_may_send_a_call_in_pieces_without_an_id_behind_another(self, ai_model: AIModel, model: ModelServer):
        first, second = _call("weather", '{"city": "Oslo"}', id="a"), _call("weather", '{"city":', id="b")
        model.streams(first, second, _call("", ' "Rome"}'), _chunk({}, "tool_calls"))

        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert _results(model) == {"a": "Sun in Oslo.", "b": "Sun in Rome."}

    async def test_may_give_calls_neither_an_index_of_their_own_nor_an_id(self, ai_model: AIModel, model: ModelServer):
        oslo, rome = '{"city": "Oslo"}', '{"city": "Rome"}'
        model.streams(_call("weather", oslo), _call("weather", rome), _chunk({}, "tool_calls"))

        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        results = _results(model)
        assert list(results.values()) == ["Sun in Oslo.", "Sun in Rome."] and all(results)

    async def test_may_give_calls_no_index_at_all(self, ai_model: AIModel, model: ModelServer):
        call = {"id": "a", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
        model.streams(_chunk({"tool_calls": [call]}), _chunk({}, "tool_calls"))

        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert _results(model) == {"a": "Sun in Oslo."}

    async def test_may_report_a_refusal_as_text(self, ai_model: AIModel, model: ModelServer):
        model.streams(_chunk({"refusal": "I cannot help with that."}), _chunk({}, "stop"))

        assert (await Agent(ai_model).send("Hi")).response.content == "I cannot help with that."


def _response(**changed: Any) -> Json:
    response = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": []}
    return response | {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []} | changed


def _delta(kind: str, text: str) -> Json:
    place = {"item_id": "m", "output_index": 0, "content_index": 0, "sequence_number": 1}
    return {"type": f"response.{kind}.delta", "delta": text} | place


def _end(kind: str, **changed: Any) -> Json:
    return {"type": f"response.{kind}", "sequence_number": 2, "response": _response(**changed)}


@pytest.mark.parametrize("ai_model", ["responses"], indirect=True)
class TestServersOfResponses:
    async def test_may_report_a_refusal_as_text(self, ai_model: AIModel, model: ModelServer):
        model.streams(_delta("refusal", "I cannot help with that."), _end("completed"))

        assert (await Agent(ai_model).send("Hi")).response.content == "I cannot help with that."

    async def test_may_send_a_call_only_before_the_end(self, ai_model: AIModel, model: ModelServer):
        call = {"type": "function_call", "call_id": "a", "name": "weather", "arguments": '{"city": "Oslo"}'}
        model.streams({"type": "response.output_item.done", "output_index": 0, "item": call}, _end("completed"))

        await Agent(ai_model, functions=[WEATHER]).send("Weather?")

        assert _results(model) == {"a": "Sun in Oslo."}

    async def test_may_report_an_error_as_an_event(self, ai_model: AIModel, model: ModelServer):
        model.streams(
            {"type": "error", "code": "vector_store_timeout", "message": "out of order", "sequence_number": 1}
        )

        with pytest.raises(openai.APIError, match="out of order"):
            await Agent(ai_model).send("Hi")

    async def test_may_give_an_error_a_number(self, ai_model: AIModel, model: ModelServer):
        model.streams({"type": "error", "code": 400, "message": "out of order"})

        with pytest.raises(openai.APIError, match="out of order") as caught:
            await Agent(ai_model).send("Hi")

        assert caught.value.code == "400"

    async def test_may_fail_without_a_reason(self, ai_model: AIModel, model: ModelServer):
        model.streams(_end("failed", error=None))

        with pytest.raises(openai.APIError, match="The response failed"):
            await Agent(ai_model).send("Hi")


def _results(model: ModelServer) -> dict[str, str]:
    """The results of tool calls in the last request, by the ids of the calls."""
    body = model.last
    if "messages" in body:
        return {m["tool_call_id"]: m["content"] for m in body["messages"] if m["role"] == "tool"}
    return {i["call_id"]: i["output"] for i in body["input"] if i.get("type") == "function_call_output"}
