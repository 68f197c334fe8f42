"""Tools of a real MCP server that is a program, over its standard input and output."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from doubles.bot import run_bot
from doubles.connector import Connector
from doubles.lines import line
from doubles.log import Log
from doubles.mcp_server import DOWN, UP, call_tool, declaring
from doubles.model_server import Json, ModelServer
from parley.settings.mcp_servers import read_servers
from parley.tools.mcp import ServerReport, examine

pytestmark = [pytest.mark.real_time, pytest.mark.process]

PROGRAM: Json = {
    "command": sys.executable,
    "args": ["-m", "doubles.mcp_server"],
    "cwd": str(Path(__file__).parents[1]),
    "tools": ["add", "process_id", "list_environment", "sleep"],
}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_program_runs_as_long_as_the_bot(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    async with run_bot(declaring(environment, docs=PROGRAM), connector) as bot:
        await log.until(UP)
        assert await call_tool(bot, model, "add", '{"a": 1, "b": 2}') == "3"
        pid = int(await call_tool(bot, model, "process_id"))
        assert is_running(pid)

    assert not is_running(pid)
    assert not any(DOWN in line for line in log.lines)


async def test_a_program_gets_its_own_variables_and_no_secrets(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    connector: Connector,
    model: ModelServer,
    log: Log,
):
    monkeypatch.setenv("CLIENT_SECRET", "the secret of the bot")
    environment |= {"TOKEN_OF_DOCS": "the-token-of-docs"}
    program = PROGRAM | {"env": {"GREETING": "Bearer ${TOKEN_OF_DOCS}"}}
    async with run_bot(declaring(environment, docs=program), connector) as bot:
        await log.until(UP)
        seen = (await call_tool(bot, model, "list_environment")).splitlines()

    assert "Bearer the-token-of-docs" in seen and "PATH" in seen
    assert "CLIENT_SECRET" not in seen and "TOKEN_OF_DOCS" not in seen


async def test_a_killed_program_loses_its_tools_until_it_is_back(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    async with run_bot(declaring(environment, docs=PROGRAM), connector) as bot:
        await log.until(UP)
        first = int(await call_tool(bot, model, "process_id"))

        os.kill(first, signal.SIGKILL)
        await log.until(DOWN)
        assert "There is no tool named process_id" in await call_tool(bot, model, "process_id")

        await log.until(UP, times=2)
        second = int(await call_tool(bot, model, "process_id"))
        assert second != first and is_running(second)

    assert not is_running(second)


async def test_a_program_killed_during_a_call_fails_only_that_call(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    async with run_bot(declaring(environment, docs=PROGRAM), connector) as bot:
        await log.until(UP)
        pid = int(await call_tool(bot, model, "process_id"))
        calling = asyncio.create_task(call_tool(bot, model, "sleep", '{"seconds": 60}'))
        await connector.until(lambda: any(step.text == line("using-tool", tool="sleep") for step in connector.steps))

        os.kill(pid, signal.SIGKILL)

        assert await calling == "The tool failed: the server was lost."


@pytest.mark.slow
async def test_a_result_that_is_too_large_fails_only_its_call(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log
):
    program = PROGRAM | {"tools": ["*"], "timeout": 2}
    async with run_bot(declaring(environment, docs=program), connector) as bot:
        await log.until(UP)

        assert await call_tool(bot, model, "flood") == "The tool failed: it took longer than 2 seconds."
        assert await call_tool(bot, model, "add", '{"a": 1, "b": 2}') == "3"

    assert not any(DOWN in line for line in log.lines)


# Answers correctly, except for calls, which it answers with endless notifications.
FLOODING = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "tools/call":
        while True:
            print('{"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": 1}}')
    result = {
        "initialize": {
            "protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "a", "version": "1"}
        },
        "tools/list": {"tools": [{"name": "flood", "inputSchema": {"type": "object"}}]},
    }.get(message["method"], {})
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


@pytest.mark.slow
async def test_a_program_that_floods_is_ended_with_the_bot(
    environment: dict[str, str], connector: Connector, model: ModelServer, log: Log, tmp_path: Path
):
    script = tmp_path / "flooding.py"
    script.write_text(f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n{FLOODING}")
    program = {"command": sys.executable, "args": [str(script)], "tools": ["*"], "timeout": 1}
    async with run_bot(declaring(environment, docs=program), connector) as bot:
        await log.until(UP)
        assert await call_tool(bot, model, "flood") == "The tool failed: it took longer than 1 seconds."
        pid = int((tmp_path / "pid").read_text())
        await asyncio.sleep(1.2)  # the connection is being closed

    assert not is_running(pid)


@pytest.mark.parametrize(
    "program",
    [
        {"command": "no-such-program", "tools": ["*"]},
        {"command": sys.executable, "args": ["-c", "print('Hello!')"], "tools": ["*"]},
    ],
    ids=["missing", "no server"],
)
async def test_a_program_that_cannot_run_does_not_stop_the_answer(
    environment: dict[str, str], connector: Connector, log: Log, program: Json
):
    async with run_bot(declaring(environment, docs=program), connector) as bot:
        await log.until(DOWN)

        assert await bot.personal().ask("Hi") == "OK."


class TestExamination:
    async def test_finds_the_tools(self):
        [server] = read_servers(json.dumps({"docs": PROGRAM | {"tools": ["add", "dig"]}}), {})

        assert await examine(server) == ServerReport("docs", offered=("add",), missing=("dig",))

    async def test_finds_the_problem(self):
        [server] = read_servers(json.dumps({"docs": {"command": "no-such-program", "tools": ["*"]}}), {})

        finding = await examine(server)

        assert finding.problem and finding.problem.startswith("FileNotFoundError") and not finding.offered
