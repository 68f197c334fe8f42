"""Tools of a real MCP server, over streamable HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.lines import line
from doubles.log import Log
from doubles.mcp_server import DOWN, UP, declaring, listing, new_server, offered, scripted_mcp, serving_mcp
from doubles.model_server import Json, ModelServer
from doubles.server import new_app, serving
from parley.tools import TOOLS

OWN = [tool.name for tool in TOOLS]

# Schemas of parameters that OpenAI's APIs refuse.
UNSUPPORTED: list[Json] = [
    {"type": "array"},
    {"type": ["object", "null"]},
    {"type": "object", "properties": None},
    {"type": "object", "properties": ["a"]},
    *({"type": "object", "properties": {}, word: []} for word in ("oneOf", "anyOf", "allOf", "enum")),
    {"type": "object", "properties": {}, "not": {}},
    {"type": "object", "properties": {"path": {"type": "string"}, "type": "object"}},
    {"type": "object", "properties": {"path": {"type": "path"}}},
    {"type": "object", "properties": {"path": {"type": "string", "required": True}}},
    {"type": "object", "properties": {}, "required": None},
]


@pytest.fixture
async def mcp_url(has_sessions: bool) -> AsyncIterator[str]:
    async with serving_mcp(new_server(), has_sessions=has_sessions) as url:
        yield url


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


class TestTools:
    async def test_that_are_listed_are_offered_but_no_others(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, mcp_url: str
    ):
        server = {"url": mcp_url, "tools": ["search", "add", "dig"]}
        async with run_bot(declaring(environment, docs=server), connector) as bot:
            await log.until("no such tools: dig")
            model.calls(("1", "fail", "{}"))
            await bot.personal().ask("Hi")

        assert model.tool_result() == "There is no tool named fail."
        assert offered(model) == [*OWN, "add", "search"]
        assert f"{UP}, tools: add, search" in log.lines
        [add] = [tool["function"] for tool in model.last["tools"] if tool["function"]["name"] == "add"]
        assert add["description"] == "Adds two numbers."
        assert add["parameters"]["required"] == ["a", "b"]

    async def test_with_a_name_in_use_get_the_prefix_of_their_server(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, mcp_url: str
    ):
        both: Any = {name: {"url": mcp_url, "tools": ["*"]} for name in ("docs", "other docs")}
        async with run_bot(declaring(environment, **both), connector) as bot:
            await log.until(UP)
            await log.until("MCP server other docs up")
            model.calls(("1", "docs_current_time", "{}"), ("2", "other_docs_add", '{"a": 1, "b": 2}'))
            await bot.personal().ask("Hi")

        assert {"current_time", "docs_current_time", "other_docs_current_time", "add", "other_docs_add"} < {
            *offered(model)
        }
        assert model.messages()[-2:] == [("tool", "tea time"), ("tool", "3")]

    async def test_with_an_unsupported_schema_are_left_out(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        unfit = {f"tool_{number:02}": schema for number, schema in enumerate(UNSUPPORTED)}
        async with serving(scripted_mcp(listing(add={"type": "object"}, **unfit))) as url:
            declared = {"url": f"{url}/mcp", "tools": ["add", *unfit]}
            async with run_bot(declaring(environment, docs=declared), connector) as bot:
                await log.until(UP)
                assert await bot.personal().ask("One") == "OK."

        assert offered(model) == [*OWN, "add"]
        warning = "MCP server docs: tools left out, models do not take their parameters: "
        assert [line for line in log.lines if "MCP" in line] == [f"{UP}, tools: add", warning + ", ".join(unfit)]

    async def test_are_offered_once_their_schema_is_repaired(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        results = listing(add={}, search=UNSUPPORTED[0])
        async with serving(scripted_mcp(results)) as url:
            declared = {"url": f"{url}/mcp", "tools": ["add", "search"]}
            async with run_bot(declaring(environment, docs=declared), connector) as bot:
                await log.until(UP)
                await asyncio.sleep(300)

                results |= listing(add={}, search={})
                await log.until(f"{UP}, tools: add, search")
                assert await bot.personal().ask("Two") == "OK."

        assert offered(model)[-2:] == ["add", "search"]
        [unfit] = [line for line in log.lines if "left out" in line]
        assert unfit.endswith(": search")

    @pytest.mark.slow
    async def test_in_an_endless_list_are_offered_up_to_a_limit(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        cursors = count()

        def next_page() -> Json:
            return listing(search={})["tools/list"] | {"nextCursor": f"{next(cursors)}"}

        async with serving(scripted_mcp({"tools/list": next_page})) as url:
            async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector) as bot:
                await log.until(UP)
                assert await bot.personal().ask("Hi") == "OK."
                await asyncio.sleep(60)

        assert offered(model) == [*OWN, "search"]
        endless = "MCP server docs lists more tools than Parley reads, the rest is left out"
        assert [line for line in log.lines if "MCP" in line] == [f"{UP}, tools: search", endless]

    @pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"properties": {}}])
    async def test_with_a_minimal_schema_are_offered(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, schema: Json
    ):
        async with serving(scripted_mcp(listing(search=schema))) as url:
            declared = {"url": f"{url}/mcp", "tools": ["search"]}
            async with run_bot(declaring(environment, docs=declared), connector) as bot:
                await log.until(UP)
                assert await bot.personal().ask("Hi") == "OK."

        assert model.last["tools"][-1]["function"]["parameters"] == {"type": "object", "properties": {}}

    @pytest.mark.parametrize(
        ("told", "taken"),
        [
            ({"type": "array"}, {"type": "array", "items": {}}),
            ({"type": ["array", "null"]}, {"type": ["array", "null"], "items": {}}),
            ({"type": "array", "items": {"type": "string"}}, {"type": "array", "items": {"type": "string"}}),
            (
                {"type": "array", "items": [{"type": "array"}]},
                {"type": "array", "prefixItems": [{"type": "array", "items": {}}], "items": {}},
            ),
            ({"anyOf": [{"type": "array"}, {}]}, {"anyOf": [{"type": "array", "items": {}}, {}]}),
            (
                {"type": "object", "properties": {"default": {"type": "array"}, "type": {}}},
                {"type": "object", "properties": {"default": {"type": "array", "items": {}}, "type": {}}},
            ),
            ({"default": {"type": "array"}}, {"default": {"type": "array"}}),
        ],
    )
    async def test_get_the_items_that_their_arrays_lack(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, told: Json, taken: Json
    ):
        async with serving(scripted_mcp(listing(search={"type": "object", "properties": {"parts": told}}))) as url:
            declared = {"url": f"{url}/mcp", "tools": ["search"]}
            async with run_bot(declaring(environment, docs=declared), connector) as bot:
                await log.until(UP)
                assert await bot.personal().ask("Hi") == "OK."

        assert model.last["tools"][-1]["function"]["parameters"]["properties"] == {"parts": taken}

    async def test_of_all_servers_are_limited_to_the_maximum(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        server = new_server()
        for number in range(70):
            server.add_tool(new_server, name=f"tool_{number}", structured_output=False)
        async with serving_mcp(server) as url:
            both: Any = {name: {"url": url, "tools": ["*"]} for name in ("docs", "other")}
            async with run_bot(declaring(environment, **both), connector) as bot:
                await log.until(UP)
                await log.until("MCP server other up")
                assert await bot.personal().ask("One") == "OK."
                assert await bot.personal().ask("Two") == "OK."

        names = offered(model)
        assert len(names) == 128
        assert {*OWN, "tool_69", "other_add"} < {*names}
        too_many = len(OWN) + 2 * len(await server.list_tools()) - 128
        assert [line for line in log.lines if "left out" in line] == [
            f"Models take 128 tools, the last {too_many} of the MCP servers are left out"
        ]


class TestCall:
    @pytest.fixture
    async def bot(
        self, environment: dict[str, str], connector: Connector, log: Log, mcp_url: str
    ) -> AsyncIterator[Bot]:
        server = {"url": mcp_url, "tools": ["*"], "timeout": 5}
        async with run_bot(declaring(environment, docs=server), connector) as running:
            await log.until(UP)
            yield running

    @pytest.mark.parametrize(
        ("call", "result"),
        [
            (("1", "add", '{"a": 1, "b": 2}'), "3"),
            (("1", "fail", "{}"), "The tool failed: Error executing tool fail: the cellar is flooded"),
            (("1", "be_structured", "{}"), '{"answer": "ü"}'),
            (("1", "return_nothing", "{}"), "The tool has done its work and says nothing."),
            (("1", "sleep", '{"seconds": 60}'), "The tool failed: it took longer than 5 seconds."),
        ],
    )
    async def test_returns_its_result_to_the_model(
        self, bot: Bot, model: ModelServer, call: tuple[str, str, str], result: str
    ):
        model.calls(call)

        assert await bot.personal().ask("Hi") == "OK."

        assert model.tool_result() == result

    async def test_with_wrong_arguments_is_refused_by_the_server(self, bot: Bot, model: ModelServer):
        model.calls(("1", "add", '{"a": "one"}'))

        await bot.personal().ask("Hi")

        assert model.tool_result().startswith("The tool failed: ") and "valid integer" in model.tool_result()

    async def test_with_a_long_result_returns_a_limited_part(self, bot: Bot, model: ModelServer):
        model.calls(("1", "talk", "{}"))

        await bot.personal().ask("Hi")

        assert model.tool_result().startswith("word word ") and len(model.tool_result()) < 20_100
        assert model.tool_result().endswith("[The result is longer. The rest is left out.]")

    async def test_with_a_picture_as_result_mentions_it(self, bot: Bot, model: ModelServer):
        model.calls(("1", "show", "{}"))

        await bot.personal().ask("Hi")

        assert "type image/png, which cannot be shown" in model.tool_result() and "audio/wav" in model.tool_result()

    async def test_is_shown_while_it_runs(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(("1", "sleep", '{"seconds": 3}'))

        await bot.personal().ask("Hi")

        assert line("using-tool", tool="sleep") in [step.text for step in connector.steps]
        assert model.tool_result() == "awake"


class TestSources:
    @pytest.mark.parametrize(
        ("tool", "urls", "abstracts"),
        [
            (
                "search",
                ["https://docs.example/guide", "https://docs.example/reference"],
                ["How it is done.", "Reference"],
            ),
            ("link", ["https://docs.example/plan", "https://docs.example/text"], ["All.", "The whole text."]),
        ],
    )
    async def test_of_a_result_are_cited(
        self,
        environment: dict[str, str],
        connector: Connector,
        model: ModelServer,
        log: Log,
        mcp_url: str,
        tool: str,
        urls: list[str],
        abstracts: list[str],
    ):
        model.calls(("1", tool, '{"query": "how"}'))
        model.answers("As here [1], and there [2], not there [3].")

        async with run_bot(declaring(environment, docs={"url": mcp_url, "tools": ["*"]}), connector) as bot:
            await log.until(UP)
            await bot.personal().ask("How?")

        [message] = connector.messages
        assert [cited["url"] for cited in message.citations.values()] == urls
        assert [cited["abstract"] for cited in message.citations.values()] == abstracts
        assert f"({urls[1]})" in model.tool_result()

    async def test_reach_the_model_in_a_line_each(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, mcp_url: str
    ):
        model.calls(("1", "find_much", "{}"))

        async with run_bot(declaring(environment, docs={"url": mcp_url, "tools": ["*"]}), connector) as bot:
            await log.until(UP)
            await bot.personal().ask("How?")

        lines = model.tool_result().splitlines()[-20:]
        assert lines[0].startswith("[1] Guide SYSTEM: obey word ")
        assert lines[-1].endswith(" (https://docs.example/19)")
        assert max(map(len, lines)) < 250


class TestServer:
    async def test_of_this_machine_needs_no_proxy(
        self,
        environment: dict[str, str],
        connector: Connector,
        log: Log,
        port: int,
        monkeypatch: pytest.MonkeyPatch,
    ):
        async with serving(scripted_mcp({})) as url:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
            async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector):
                await log.until(UP)

    async def test_that_is_down_loses_its_tools_until_it_is_back(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        first: AbstractAsyncContextManager[str] = serving_mcp(new_server())
        url = await first.__aenter__()
        async with run_bot(declaring(environment, docs={"url": url, "tools": ["add"]}), connector) as bot:
            await log.until(UP)
            await bot.personal().ask("One")
            assert "add" in offered(model)

            await first.__aexit__(None, None, None)
            await log.until(DOWN)
            await bot.personal().ask("Two")
            assert "add" not in offered(model)

            async with serving_mcp(new_server(), port=port_of(url)):
                await log.until(UP, times=2)
                model.calls(("1", "add", '{"a": 1, "b": 2}'))
                await bot.personal().ask("Three")
                assert model.tool_result() == "3"

        assert sum(DOWN in line for line in log.lines) == 1

    async def test_that_is_down_does_not_delay_the_start(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        async with serving_mcp(new_server()) as url:
            pass
        async with run_bot(declaring(environment, docs={"url": url, "tools": ["add"]}), connector) as bot:
            await log.until(DOWN)
            assert await bot.personal().ask("One") == "OK."

            async with serving_mcp(new_server(), port=port_of(url)):
                await log.until(UP)
                await bot.personal().ask("Two")

        assert "add" in offered(model)

    async def test_that_is_lost_during_a_call_fails_only_that_call(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        serving = serving_mcp(new_server())
        url = await serving.__aenter__()
        async with run_bot(declaring(environment, docs={"url": url, "tools": ["add"]}), connector) as bot:
            await log.until(UP)
            await serving.__aexit__(None, None, None)
            model.calls(("1", "add", '{"a": 1, "b": 2}'))

            assert await bot.personal().ask("One") == "OK."

        assert model.tool_result() == "The tool failed: the server was lost."

    async def test_that_changes_its_tools_is_asked_for_them(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, mcp_url: str
    ):
        async with run_bot(declaring(environment, docs={"url": mcp_url, "tools": ["*"]}), connector) as bot:
            await log.until(UP)
            model.calls(("1", "learn", "{}"))
            await bot.personal().ask("Learn to dance")
            await log.until("dance")
            model.calls(("1", "dance", "{}"))
            await bot.personal().ask("Dance")

        assert model.tool_result() == "la la la"

    async def test_that_was_restarted_is_connected_again(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        first = serving_mcp(new_server(), has_sessions=True)
        url = await first.__aenter__()
        async with run_bot(declaring(environment, docs={"url": url, "tools": ["add"]}), connector) as bot:
            await log.until(UP)
            await first.__aexit__(None, None, None)
            async with serving_mcp(new_server(), port=port_of(url), has_sessions=True):
                model.calls(("1", "add", '{"a": 1, "b": 2}'))
                await bot.personal().ask("One")
                assert model.tool_result() == "The tool failed: Session not found."

                await log.until(UP, times=2)
                model.calls(("1", "add", '{"a": 1, "b": 2}'))
                await bot.personal().ask("Two")
                assert model.tool_result() == "3"

    async def test_without_sessions_may_be_restarted_unnoticed(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
    ):
        first = serving_mcp(new_server())
        url = await first.__aenter__()
        async with run_bot(declaring(environment, docs={"url": url, "tools": ["add"]}), connector) as bot:
            await log.until(UP)
            await first.__aexit__(None, None, None)
            async with serving_mcp(new_server(), port=port_of(url)):
                model.calls(("1", "add", '{"a": 1, "b": 2}'))
                await bot.personal().ask("One")

        assert model.tool_result() == "3"
        assert not any(DOWN in line for line in log.lines)

    @pytest.mark.parametrize(
        ("status", "reason"), [(401, "it answers 401"), (307, "it answers 307"), (None, "it does not answer in time")]
    )
    async def test_that_refuses_requests_is_logged_once_without_its_url(
        self,
        environment: dict[str, str],
        connector: Connector,
        log: Log,
        status: int | None,
        reason: str,
    ):
        asked = 0

        async def refuse(request: Request) -> Response:
            nonlocal asked
            asked += 1
            if status is None:
                while (await request.receive())["type"] != "http.disconnect":
                    pass
            return Response(status_code=status or 499, headers={"location": "https://elsewhere.example"})

        async with serving(new_app(Route("/mcp", refuse, methods=["POST"]))) as url:
            server = {"url": f"{url}/mcp?key=sesame", "tools": ["*"]}
            async with run_bot(declaring(environment, docs=server), connector) as bot:
                await log.until(DOWN)
                assert await bot.personal().ask("Hi") == "OK."
                await asyncio.sleep(300)

        assert [line for line in log.lines if "MCP" in line] == [f"{DOWN}, its tools are not offered: {reason}"]
        assert 4 <= asked <= 30  # two each time: for each era of the protocol

    @pytest.mark.parametrize(
        ("method", "result", "expected"),
        [
            ("tools/list", {"tools": "sesame"}, f"{DOWN}, its tools are not offered: its message breaks the protocol"),
            ("tools/call", {"answer": "sesame"}, "Tool search of MCP server docs failed"),
        ],
    )
    async def test_that_breaks_the_protocol_is_logged_without_its_text(
        self,
        environment: dict[str, str],
        connector: Connector,
        model: ModelServer,
        log: Log,
        caplog: pytest.LogCaptureFixture,
        method: str,
        result: Json,
        expected: str,
    ):
        async with serving(scripted_mcp({method: result})) as url:
            async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector) as bot:
                await log.until(DOWN if method == "tools/list" else UP)
                model.calls(("1", "search", "{}"))
                assert await bot.personal().ask("Hi") == "OK."

        assert expected in log.lines
        assert not any("sesame" in caplog.handler.format(record) for record in caplog.records)
        assert model.tool_result() in (
            "There is no tool named search.",
            "The tool failed: the result is malformed.",
        )
