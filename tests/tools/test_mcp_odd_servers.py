"""Tools of MCP servers that break the protocol or attack the bot."""

import asyncio
import gzip
import json
import logging
import sys
from collections.abc import AsyncIterator
from itertools import count, cycle
from pathlib import Path

import pytest
from mcp import Client
from mcp.types import CallToolResult, ContentBlock, TextContent
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.cpu import cpu_time
from doubles.log import Log
from doubles.mcp_server import (
    DOWN,
    UP,
    call_tool,
    declaring,
    listing,
    new_server,
    offered,
    scripted_mcp,
    serving_mcp,
)
from doubles.model_server import Json, ModelServer
from doubles.server import new_app, serving
from parley.logs import redact
from parley.settings import Settings
from parley.settings.mcp_servers import read_servers
from parley.tools.mcp import examine
from parley.tools.mcp.results import read_result

ODD_SERVER = str(Path(__file__).parents[1] / "cases" / "mcp" / "odd_server.py")
TOO_LONG = "MCP server docs lists more tools than Parley reads, the rest is left out"
FORGED = "search\n2026-11-27 INFO parley: all is well\x1b[2J\u202e\x85"

# The results of the odd server's tools that reach the model.
ODD_RESULTS = {
    "output_schema_only_text": "forty two",
    "output_schema_mismatch": "forty two",
    "output_schema_error": "The tool failed: no such city",
    "no_content": '{"x": 1}',
    "unknown_content": "shown\n\n[Something of the type widget, which cannot be shown to you.]",
    "null_structured": "fine",
    "list_structured": "fine",
    "echo": 'echo got {"x": 1}',
    "dots_and_slashes": 'dots.and/slashes got {"x": 1}',
    "no_type": 'no_type got {"x": 1}',
    "bare_object": 'bare_object got {"x": 1}',
    "empty_schema": 'empty_schema got {"x": 1}',
    "with_refs": 'with_refs got {"x": 1}',
}


@pytest.mark.real_time
@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["", "noise", "cursor", "cursor slow 0.4"])
async def test_results_of_the_odd_server_reach_the_model(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, arguments: str
):
    program = {"command": sys.executable, "args": [ODD_SERVER, *arguments.split()], "tools": ["*"]}
    async with run_bot(declaring(environment, docs=program), connector) as bot:
        await log.until(UP)
        results = {tool: await call_tool(bot, model, tool, '{"x": 1}') for tool in ODD_RESULTS}

    assert results == ODD_RESULTS
    assert TOO_LONG not in log.lines


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"content": [{"type": "text", "text": "a", "annotations": {"audience": ["nobody"]}}]}, "a"),
        ({"content": [{"type": "video", "text": "a transcript"}, {"type": "text", "text": "b"}]}, "a transcript\n\nb"),
        ({"content": [{"type": "image"}]}, "[Something of the type image, which cannot be shown to you.]"),
        ({"content": [{"type": "resource", "resource": {"text": "a"}}]}, "a"),
        ({"content": [None]}, "[Something that cannot be shown to you.]"),
        ({"content": "a"}, "a"),
        ({"content": {"type": "text", "text": "a"}}, "a"),
        ({"content": None, "structuredContent": [1]}, '{"result": [1]}'),
        ({"content": [], "structuredContent": "a", "isError": "no"}, 'The tool failed: {"result": "a"}'),
        ({"content": [{"type": "text", "text": "a"}], "_meta": [], "isError": None}, "a"),
        ({"nothing": True}, "The tool failed: the result is malformed."),
    ],
)
async def test_a_result_of_another_shape_reaches_the_model(
    environment: dict[str, str],
    connector: Connector,
    model: ModelServer,
    log: Log,
    has_sessions: bool,
    result: Json,
    expected: str,
):
    async with serving(scripted_mcp({"tools/call": result}, has_sessions=has_sessions)) as url:
        async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector) as bot:
            await log.until(UP)
            assert await call_tool(bot, model, "search") == expected


@pytest.mark.parametrize(
    "odd",
    [
        None,
        {},
        {"name": 7},
        {"name": "odd"},
        {"name": "odd", "inputSchema": []},
        {"name": "odd", "inputSchema": {"type": "object", "required": "all"}},
        {"name": "search", "inputSchema": {}, "title": 1, "description": [], "annotations": 1, "icons": 1, "_meta": 1},
        {"name": "search", "inputSchema": {}, "execution": "now", "outputSchema": {"type": "array"}},
    ],
)
async def test_an_odd_tool_does_not_cost_the_others(
    environment: dict[str, str],
    connector: Connector,
    model: ModelServer,
    log: Log,
    has_sessions: bool,
    odd: Json | None,
):
    results = listing(add={}, search={})
    results["tools/list"]["tools"].insert(1, odd)
    async with serving(scripted_mcp(results, has_sessions=has_sessions)) as url:
        async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector) as bot:
            await log.until(UP)
            await bot.personal().ask("Hi")

    assert offered(model)[-2:] == ["add", "search"]


@pytest.mark.parametrize("cursors", [["more"], ["", ""], ["a", "b"]])
async def test_cursors_that_do_not_advance_end_the_list(
    environment: dict[str, str], connector: Connector, log: Log, cursors: list[str]
):
    following = cycle(cursors)
    methods: list[str] = []

    def next_page() -> Json:
        return listing(search={})["tools/list"] | {"nextCursor": next(following)}

    async with serving(scripted_mcp({"tools/list": next_page}, methods=methods)) as url:
        async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector):
            await log.until(UP)

    assert methods.count("tools/list") <= 3
    assert TOO_LONG not in log.lines


async def test_tools_that_require_tasks_are_not_offered(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    results = listing(add={}, research={}, search={})
    for tool, support in zip(results["tools/list"]["tools"], ("forbidden", "required", "optional"), strict=True):
        tool["execution"] = {"taskSupport": support}
    async with serving(scripted_mcp(results)) as url:
        async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector) as bot:
            await log.until(UP)
            await bot.personal().ask("Hi")

    assert offered(model)[-2:] == ["add", "search"]
    assert "MCP server docs: tools left out, they run as tasks only: research" in log.lines


async def test_a_description_that_is_cut_is_logged(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    results = listing(add={}, search={})
    results["tools/list"]["tools"][1]["description"] = "long " * 300
    async with serving(scripted_mcp(results)) as url:
        async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector) as bot:
            await log.until(UP)
            await bot.personal().ask("Hi")

    assert len(model.last["tools"][-1]["function"]["description"]) == 1024
    cut = "MCP server docs: descriptions cut to 1024 characters: search"
    assert [line for line in log.lines if "cut" in line] == [cut]


async def test_names_keep_their_owner_while_a_server_is_away(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    first, second = serving_mcp(new_server()), serving_mcp(new_server())
    servers = {name: {"url": await s.__aenter__(), "tools": ["add"]} for name, s in (("docs", first), ("more", second))}
    async with run_bot(declaring(environment, **servers), connector) as bot:
        await log.until(UP)
        await log.until("MCP server more up")
        await bot.personal().ask("Hi")
        assert offered(model)[-2:] == ["add", "more_add"]

        await first.__aexit__(None, None, None)
        await log.until(DOWN)
        await bot.personal().ask("Hi")
        assert offered(model)[-1] == "more_add" and "add" not in offered(model)
        assert await call_tool(bot, model, "more_add", '{"a": 1, "b": 2}') == "3"
    await second.__aexit__(None, None, None)


async def test_a_name_stays_when_a_server_comes_up_later(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    async with serving_mcp(new_server()) as url:
        pass
    port = int(url.rpartition(":")[2].partition("/")[0])
    async with serving_mcp(new_server()) as other:
        servers = {name: {"url": at, "tools": ["add"]} for name, at in (("docs", url), ("more", other))}
        async with run_bot(declaring(environment, **servers), connector) as bot:
            await log.until("MCP server more up")
            await bot.personal().ask("Hi")
            assert offered(model)[-1] == "add"

            async with serving_mcp(new_server(), port=port):
                await log.until(UP)
                await bot.personal().ask("Hi")

    assert offered(model)[-2:] == ["docs_add", "add"]


class TestLog:
    @pytest.mark.parametrize(
        "results",
        [
            {"initialize": {"code": -1, "message": FORGED}},
            {"tools/list": {"code": -1, "message": FORGED}},
            {"tools/call": {"code": -1, "message": FORGED}},
            listing(**{FORGED: {}, f"{FORGED}2": {"type": "string"}}),
        ],
    )
    async def test_has_what_a_server_says_on_one_printable_line(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, results: Json
    ):
        names = results.get("tools/list", {}).get("tools") or [{}]
        names[-1] |= {"description": "x" * 2_000}
        async with serving(scripted_mcp(results)) as url:
            async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector) as bot:
                await log.until("MCP server docs")
                await call_tool(bot, model, offered(model)[-1] if model.requests else "search")

        assert all(line.isprintable() for line in log.lines)

    async def test_is_as_printable_in_the_doctor(self):
        results = listing(**{FORGED: {}, f"{FORGED}2": {"type": "string"}})
        async with serving(scripted_mcp(results)) as url:
            [server] = read_servers(json.dumps({"docs": {"url": f"{url}/mcp", "tools": ["*"]}}), {})
            found = await examine(server)

        assert len(found.offered) == len(found.unfit) == 1
        assert all(name.isprintable() for name in found.offered + found.unfit)

    @pytest.mark.parametrize("has_answer", [True, False])
    async def test_has_nothing_of_a_url_but_its_host_at_any_level(
        self,
        environment: dict[str, str],
        connector: Connector,
        log: Log,
        caplog: pytest.LogCaptureFixture,
        has_answer: bool,
    ):
        for name in ("mcp", "httpx2", "httpcore2", "client", "parley", "uvicorn"):
            caplog.set_level(logging.DEBUG, logger=name)
        async with serving(scripted_mcp({} if has_answer else {"initialize": {"code": 1, "message": "no"}})) as url:
            host = url.removeprefix("http://")
            secret = f"http://us%C3%A9r:pa%20ss@{host}/mcp?key=sesame&k=abc&other=\u00fcmlaut%20one"
            environment = declaring(environment, docs={"url": secret, "tools": ["*"]})
            async with run_bot(environment, connector):
                await log.until(UP if has_answer else DOWN)
        secrets = Settings.load(environment).secrets()

        lines = [redact(secrets, caplog.handler.format(record)) for record in caplog.records]
        assert any("POST" in line for line in lines)
        for word in ("pa%20ss", "pa ss", "us%C3%A9r", "usér", "sesame", "k=abc", "ümlaut", "%C3%BCmlaut", "dXPDqXI"):
            assert not [line for line in lines if word in line]


class TestBound:
    @pytest.fixture
    async def bot(self, environment: dict[str, str], connector: Connector, log: Log) -> AsyncIterator[Bot]:
        """A bot with a server that answers from `self.answers`."""
        self.answers: Json = {}
        async with serving(scripted_mcp(self.answers)) as url:
            server = {"url": f"{url}/mcp", "tools": ["*"]}
            async with run_bot(declaring(environment, docs=server), connector) as running:
                await log.until(UP)
                yield running

    async def test_of_an_error_is_that_of_a_result(self, bot: Bot, model: ModelServer):
        self.answers["tools/call"] = {"code": -32000, "message": "word " * 100_000}

        result = await call_tool(bot, model, "search")

        assert result.startswith("The tool failed: word word") and len(result) < 20_200

    @pytest.mark.slow
    @pytest.mark.parametrize("status", [200, 400])
    async def test_of_a_response_ends_the_reading(self, bot: Bot, model: ModelServer, log: Log, status: int):
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 100:
                sent += 1
                yield b" " * 1_000_000
                await asyncio.sleep(0)

        self.answers["tools/call"] = StreamingResponse(endless(), status, media_type="application/json")

        assert (await call_tool(bot, model, "search")).startswith("The tool failed: ")
        assert sent < 100
        assert not any(DOWN in line for line in log.lines)

    @pytest.mark.slow
    async def test_of_an_event_ends_the_reading(self, bot: Bot, model: ModelServer):
        async def endless() -> AsyncIterator[bytes]:
            yield b"data: "
            for _ in range(100):
                yield b" " * 1_000_000
                await asyncio.sleep(0)

        self.answers["tools/call"] = StreamingResponse(endless(), media_type="text/event-stream")

        assert (await call_tool(bot, model, "search")).startswith("The tool failed: ")

    async def test_of_parts_is_a_thousand(self, bot: Bot, model: ModelServer):
        self.answers["tools/call"] = {"content": [{"type": "text", "text": "a"}] * 20_000}

        assert (await call_tool(bot, model, "search")).endswith("a\n\n[19000 more parts are left out.]")

    @pytest.mark.parametrize("page", [700, 3_000], ids="{} a page".format)
    async def test_of_tools_is_a_thousand(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, page: int
    ):
        numbers = count()
        methods: list[str] = []

        def next_page() -> Json:
            names = [f"tool_{next(numbers)}" for _ in range(page)]
            return listing(**{name: {} for name in names})["tools/list"] | {"nextCursor": names[-1]}

        async with serving(scripted_mcp({"tools/list": next_page}, methods=methods)) as url:
            server = {"url": f"{url}/mcp", "tools": ["tool_999", "tool_1000"]}
            async with run_bot(declaring(environment, docs=server), connector) as bot:
                await log.until(UP)
                await bot.personal().ask("Hi")

        assert offered(model)[-1] == "tool_999"
        assert TOO_LONG in log.lines
        assert methods.count("tools/list") <= 2

    async def test_of_a_list_is_that_of_a_page(self, environment: dict[str, str], connector: Connector, log: Log):
        methods: list[str] = []

        def next_page() -> Json:
            name = f"tool_{len(methods)}"
            return listing(**{name: {"description": "x" * 3_000_000}})["tools/list"] | {"nextCursor": name}

        async with serving(scripted_mcp({"tools/list": next_page}, methods=methods)) as url:
            declared = declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]})
            async with run_bot(declared, connector):
                await log.until(UP)

        assert methods.count("tools/list") == 4
        assert TOO_LONG in log.lines

    @pytest.mark.parametrize("text", [[], [TextContent(type="text", text="a")]], ids=["alone", "beside a text"])
    def test_of_a_structured_result_is_that_of_a_text(self, text: list[ContentBlock]):
        structured = CallToolResult(content=text, structured_content={"a": [1] * 3_000_000})

        with cpu_time() as cpu:
            result = str(read_result(structured))

        assert len(result) < 20_200
        assert cpu.seconds < 0.2  # seconds; unbounded it took 0.8

    async def test_of_a_compressed_answer_is_none_at_all(
        self, environment: dict[str, str], connector: Connector, log: Log
    ):
        wanted: list[str] = []

        async def answer(request: Request) -> Response:
            wanted.append(request.headers["accept-encoding"])
            return Response(gzip.compress(b"{}"), headers={"content-encoding": "gzip"}, media_type="application/json")

        async with serving(new_app(Route("/mcp", answer, methods=["POST"]))) as url:
            async with run_bot(declaring(environment, docs={"url": f"{url}/mcp", "tools": ["*"]}), connector):
                await log.until(f"{DOWN}, its tools are not offered: it compresses its answers")

        assert {*wanted} == {"identity"}


async def test_a_call_that_took_too_long_is_cancelled(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    async def nothing() -> AsyncIterator[bytes]:
        yield b": working\n\n"
        await asyncio.sleep(3600)

    methods: list[str] = []
    results = {"tools/call": StreamingResponse(nothing(), media_type="text/event-stream")}
    async with serving(scripted_mcp(results, methods=methods)) as url:
        server = {"url": f"{url}/mcp", "tools": ["*"], "timeout": 5}
        async with run_bot(declaring(environment, docs=server), connector) as bot:
            await log.until(UP)
            assert await call_tool(bot, model, "search") == "The tool failed: it took longer than 5 seconds."

    assert "notifications/cancelled" in methods


async def test_a_call_that_outlives_the_client_says_so(
    environment: dict[str, str],
    connector: Connector,
    model: ModelServer,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
):
    server = serving_mcp(new_server())
    url = await server.__aenter__()

    async def answer(*_: object) -> None:
        await server.__aexit__(None, None, None)
        await log.until(DOWN)
        raise RuntimeError("Client must be used within an async context manager")  # as each method of a closed one does

    monkeypatch.setattr(Client, "call_tool", answer)
    limits = {"TOOL_TIMEOUT": "600", "MODEL_TIMEOUT": "600"}
    async with run_bot(declaring(environment, docs={"url": url, "tools": ["*"]}) | limits, connector) as bot:
        await log.until(UP)

        assert await call_tool(bot, model, "add") == "The tool failed: the server was lost."
