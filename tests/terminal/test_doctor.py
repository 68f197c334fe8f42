"""`parley doctor`, with each part of the bot in order and out of order."""

import json
import socket
import sys
from importlib.metadata import version as real_version
from pathlib import Path

import pytest
from fastapi import FastAPI

from doubles.bot import run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.entra import Entra
from doubles.key_server import APP_ID, KeyServer
from doubles.mcp_server import listing, scripted_mcp
from doubles.model_server import ModelServer, Turn
from doubles.postgres import PostgresServer
from doubles.server import serving
from parley.storage import upgrade
from parley.terminal.doctor import diagnose

SECRET = "secret-of-the-tests"


class Doctor:
    """Runs all checks and keeps their output."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.is_sound: bool | None = None

    async def examine(self, environment: dict[str, str], topic: str) -> str:
        """The lines about one topic."""
        self.is_sound = await diagnose(environment)
        self.output = self._capsys.readouterr().out
        return "\n".join(line for line in self.output.splitlines() if line[2:].startswith(f"{topic}: "))


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(capsys)


@pytest.fixture
def environment(environment: dict[str, str], port: int) -> dict[str, str]:
    return environment | {"PORT": str(port)}


@pytest.fixture
def guarded(environment: dict[str, str], entra: Entra, key_server: KeyServer) -> dict[str, str]:
    """The environment of a bot with credentials."""
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
    credentials = {"CLIENT_ID": APP_ID, "CLIENT_SECRET": SECRET, "TENANT_ID": "tenant"}
    return environment | credentials | {"OPENID_METADATA_URL": key_server.metadata_url, "LOGIN_ENDPOINT": entra.url}


async def test_a_correct_bot_passes(guarded: dict[str, str], doctor: Doctor, entra: Entra):
    await doctor.examine(guarded, "settings")

    assert [line for line in doctor.output.splitlines() if not line.startswith("✓ ")] == []
    assert doctor.is_sound
    assert entra.requests[0]["scope"] == "https://api.botframework.com/.default"


async def test_the_lines_are_in_order_whatever_check_is_slowest(
    guarded: dict[str, str], doctor: Doctor, model: ModelServer
):
    model.speaks(10.0, "OK")
    await doctor.examine(guarded, "model")

    topics = [line[2:].partition(":")[0] for line in doctor.output.splitlines()]
    assert list(dict.fromkeys(topics)) == [
        "settings",
        "versions",
        "database",
        "model",
        "credentials",
        "signing keys",
        "port",
    ]


async def test_signs_are_plain_where_the_terminal_needs_it(
    environment: dict[str, str], doctor: Doctor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(type(sys.stdout), "encoding", "ascii", raising=False)
    await doctor.examine(environment | {"PORT": "x"}, "settings")

    assert doctor.output.isascii() and {line[0] for line in doctor.output.splitlines()} == {"+", "!", "x"}


class TestSettings:
    async def test_have_a_line_for_each_problem(self, environment: dict[str, str], doctor: Doctor, model: ModelServer):
        wrong = {"PORT": "x", "LOGIN_ENDPOINT": "nowhere", "MAX_WAITING_TURNS": "many"}
        lines = await doctor.examine(environment | wrong, "settings")

        assert sorted(line.split()[2] for line in lines.splitlines()) == ["LOGIN_ENDPOINT", "MAX_WAITING_TURNS", "PORT"]
        assert not doctor.is_sound
        assert "✓ model: " in doctor.output and len(model.requests) == 1
        assert "! port: not checked, because its settings are wrong" in doctor.output

    async def test_that_contradict_each_other_are_all_reported(self, environment: dict[str, str], doctor: Doctor):
        """The first contradiction would hide the second."""
        del environment["OPENAI_MODEL"]
        lines = await doctor.examine(environment | {"CLIENT_ID": APP_ID}, "settings")

        assert "✗ settings: DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS is true although" in lines
        assert "✗ settings: OPENAI_MODEL is missing" in lines

    async def test_without_credentials_are_valid_but_too_few_for_teams(
        self, environment: dict[str, str], doctor: Doctor
    ):
        del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
        lines = await doctor.examine(environment, "credentials")

        assert lines.startswith("! credentials: none;") and "CLIENT_ID" in lines
        assert "✓ settings: all are valid" in doctor.output and doctor.is_sound

    async def test_name_the_env_file_of_their_origin(
        self, environment: dict[str, str], doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        (tmp_path / ".env").touch()
        monkeypatch.chdir(tmp_path)

        assert str(tmp_path / ".env") in await doctor.examine(environment, "settings")

    async def test_that_cannot_be_parsed_are_reported_with_their_line(
        self, environment: dict[str, str], doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        (tmp_path / ".env").write_text('PORT=3978\n\nBOT_INSTRUCTIONS="unclosed\n\nLOG LEVEL=info\n')
        monkeypatch.chdir(tmp_path)
        lines = await doctor.examine(environment, "settings")

        assert [line.partition(" is not")[0] for line in lines.splitlines()[1:]] == [
            f"! settings: line {number} of {tmp_path / '.env'}" for number in (3, 5)
        ]
        assert doctor.is_sound

    @pytest.mark.parametrize(("given", "mark"), [({}, "✓"), ({"PORT": "x"}, "✗")])
    async def test_that_are_misspelt_in_the_env_file_are_reported(
        self,
        environment: dict[str, str],
        doctor: Doctor,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        given: dict[str, str],
        mark: str,
    ):
        (tmp_path / ".env").write_text("BOT_INSTRUCTONS=x\n")
        monkeypatch.chdir(tmp_path)
        lines = (await doctor.examine(environment | given, "settings")).splitlines()

        assert lines[0].startswith(f"{mark} settings: ")
        assert lines[1].startswith("! settings: BOT_INSTRUCTONS in ") and doctor.is_sound is (not given)


class TestVersions:
    async def test_that_parley_does_not_support_are_reported(
        self, environment: dict[str, str], doctor: Doctor, monkeypatch: pytest.MonkeyPatch
    ):
        wanted = ["openai[aiohttp]<4,>=99.0", "no-such-package>=1", 'tzdata>=9999; sys_platform == "win32"']
        monkeypatch.setattr("parley.terminal.checks.installation.requires", lambda _name: wanted)
        monkeypatch.setattr("parley.terminal.checks.installation.platform.python_version", lambda: "3.11.9")
        lines = (await doctor.examine(environment, "versions")).splitlines()

        assert [line[:30] for line in lines] == [
            "✗ versions: Python is 3.11.9, ",
            lines[1][:30],
            "✗ versions: no-such-package is",
        ]
        assert lines[1].startswith("✗ versions: openai is 3.") and "expected <4,>=99.0" in lines[1]

    async def test_are_compared_by_the_rules_of_packaging(
        self, environment: dict[str, str], doctor: Doctor, monkeypatch: pytest.MonkeyPatch
    ):
        found = {"final": "2.0.0", "preview": "2.0.0a80", "old": "2.0.0a9", "near": "1.5", "exact": "1.0.0", "not": "3"}
        wanted = ["final>=2.0.0a78", "preview>=2.0.0a78", "old>=2.0.0a78", "near~=1.4.2", "exact==1", "not!=3"]
        wanted += ["far>=1; python_version >= '3'", "extra>=1; extra == 'dev'"]

        def version(name: str) -> str:
            return found[name] if name in found else real_version(name)

        monkeypatch.setattr("parley.terminal.checks.installation.requires", lambda _name: wanted)
        monkeypatch.setattr("parley.terminal.checks.installation.version", version)
        lines = (await doctor.examine(environment, "versions")).splitlines()

        broken = [line.split()[2] for line in lines if line.startswith("✗")]
        assert broken == ["old", "near", "not", "far"]

    @pytest.mark.parametrize(
        ("found", "is_good"), [("3.12.0", True), ("3.14.9", True), ("3.15.0", False), ("3.15.0rc1", False)]
    )
    async def test_of_python_have_an_upper_bound(
        self,
        environment: dict[str, str],
        doctor: Doctor,
        monkeypatch: pytest.MonkeyPatch,
        found: str,
        is_good: bool,
    ):
        monkeypatch.setattr("parley.terminal.checks.installation.platform.python_version", lambda: found)
        lines = await doctor.examine(environment, "versions")

        assert lines.startswith(f"✓ versions: Python {found}" if is_good else "✗ versions: Python is")


class TestDatabase:
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Disk:
        """A disk without a database."""
        return Disk(tmp_path / "parley.db")

    async def test_that_does_not_exist_yet_is_not_created(
        self, environment: dict[str, str], doctor: Doctor, disk: Disk
    ):
        assert "✓ database: " in (line := await doctor.examine(environment, "database"))
        assert line.endswith("the first start creates it") and not disk.files()

    async def test_that_exists_is_not_changed(self, environment: dict[str, str], doctor: Doctor, disk: Disk):
        upgrade(environment["DATABASE_URL"])
        before = disk.files()

        assert (await doctor.examine(environment, "database")).endswith("is up to date")
        assert list(before) == ["parley.db"] and disk.files() == before

    async def test_of_a_running_bot_can_be_checked(
        self, environment: dict[str, str], doctor: Doctor, connector: Connector
    ):
        async with run_bot(environment, connector):
            assert (await doctor.examine(environment, "database")).endswith("is up to date")

    async def test_of_an_older_version_is_reported_and_not_upgraded(
        self, environment: dict[str, str], doctor: Doctor, disk: Disk
    ):
        revise(disk, "0001")
        before = disk.files()

        assert "✓ database: " in (line := await doctor.examine(environment, "database"))
        assert "of an older version" in line and disk.files() == before

    async def test_of_a_newer_version_cannot_be_used(self, environment: dict[str, str], doctor: Doctor, disk: Disk):
        revise(disk, "9999")

        assert "✗ database: " in (line := await doctor.examine(environment, "database"))
        assert "of a newer one" in line and not doctor.is_sound

    @pytest.fixture
    def shopping_list(self, disk: Disk) -> None:
        disk.path.write_text("bread, milk, " * 100)

    @pytest.mark.usefixtures("shopping_list")
    async def test_that_is_another_kind_of_file_cannot_be_used(self, environment: dict[str, str], doctor: Doctor):
        line = await doctor.examine(environment, "database")

        assert "cannot be used: file is not a database. What to do: check DATABASE_URL" in line

    async def test_in_a_missing_folder_cannot_be_created(
        self, environment: dict[str, str], doctor: Doctor, tmp_path: Path
    ):
        environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'nowhere' / 'parley.db'}"

        assert "there is no folder" in await doctor.examine(environment, "database")

    @pytest.mark.real_time
    async def test_in_postgresql_must_be_prepared_first(
        self, environment: dict[str, str], doctor: Doctor, postgres: PostgresServer, prepared: str
    ):
        with postgres.database() as name:
            unprepared = await doctor.examine(environment | {"DATABASE_URL": postgres.url(name)}, "database")
            tables = postgres.query("SELECT 1 FROM information_schema.tables WHERE table_schema = 'public'", name)
        ready = await doctor.examine(environment | {"DATABASE_URL": postgres.url(prepared)}, "database")

        assert unprepared.startswith("✗ database: ") and "run 'parley db upgrade'" in unprepared and not tables
        assert ready.startswith("✓ database: ") and ready.endswith("is up to date")

    @pytest.mark.real_time
    async def test_that_does_not_answer_is_reported_without_its_password(
        self, environment: dict[str, str], doctor: Doctor
    ):
        environment["DATABASE_URL"] = "postgresql://parley:open-sesame@127.0.0.1:9/parley?password=open-sesame"
        line = await doctor.examine(environment, "database")

        assert line.startswith("✗ database: postgresql+psycopg://parley:***@127.0.0.1:9/parley cannot be used: ")
        assert "refused" in line and "sesame" not in doctor.output


def revise(disk: Disk, revision: str) -> None:
    """Make a database of another version."""
    upgrade(disk.url)
    disk.execute("UPDATE alembic_version SET version_num = ?", revision)


class TestModel:
    async def test_is_asked_for_only_a_few_tokens(
        self, environment: dict[str, str], doctor: Doctor, model: ModelServer
    ):
        line = await doctor.examine(environment | {"MODEL_MAX_OUTPUT_TOKENS": "5000"}, "model")

        assert line.startswith(f"✓ model: scripted at {model.url.removeprefix('http://')} answers")
        assert len(model.requests) == 1 and model.last["max_tokens"] == 16

    async def test_without_tool_support_is_reported_with_advice(
        self, environment: dict[str, str], doctor: Doctor, model: ModelServer
    ):
        refused = Turn(status=400, error={"message": "m does not support tools", "type": "error"})
        model.improvise = lambda: refused if "tools" in model.last else Turn(["OK."])

        assert "MODEL_MAX_TOOL_ROUNDS=0" in await doctor.examine(environment, "model") and not doctor.is_sound
        assert "✓ model: " in await doctor.examine(environment | {"MODEL_MAX_TOOL_ROUNDS": "0"}, "model")

    async def test_that_reasons_beyond_the_tokens_passes(
        self, environment: dict[str, str], doctor: Doctor, model: ModelServer
    ):
        model.is_cut_off_after()

        assert "✓ model: " in await doctor.examine(environment, "model")

    @pytest.mark.parametrize(
        ("status", "code", "advice"),
        [
            (401, "invalid_api_key", "check the key"),
            (404, "model_not_found", "check the name of the model"),
            (400, "bad", "MODEL_TEMPERATURE"),
            (429, "insufficient_quota", "quota is used up"),
        ],
    )
    async def test_that_refuses_is_reported_with_cause_and_advice(
        self,
        environment: dict[str, str],
        doctor: Doctor,
        model: ModelServer,
        status: int,
        code: str,
        advice: str,
    ):
        model.refuses(status, code, "no way with key-of-the-tests")
        line = await doctor.examine(environment, "model")

        assert (
            line.startswith("✗ model: scripted at 127.0.0.1:") and " does not answer: " in line and not doctor.is_sound
        )
        assert "no way with ***" in line and advice in line.partition("What to do: ")[2]

    @pytest.mark.parametrize(
        ("message", "advice"),
        [
            ("Invalid model name passed in model=nope", "check the name of the model"),
            ("Authentication Error, No connected db.", "check the key"),
        ],
    )
    async def test_behind_a_gateway_gets_advice_by_its_words(
        self, environment: dict[str, str], doctor: Doctor, model: ModelServer, message: str, advice: str
    ):
        model.refuses(400, "400", message)

        assert advice in await doctor.examine(environment, "model")

    async def test_that_is_busy_is_only_a_warning(
        self, environment: dict[str, str], doctor: Doctor, model: ModelServer
    ):
        model.refuses(429, "too_many_requests")

        assert "! model: " in await doctor.examine(environment, "model") and doctor.is_sound

    async def test_that_is_a_web_page_is_reported(
        self, environment: dict[str, str], doctor: Doctor, model: ModelServer
    ):
        model.answers_without_a_stream("<html></html>", "text/html")

        assert "most compatible servers have the API at /v1" in await doctor.examine(environment, "model")

    async def test_that_is_silent_is_not_waited_for_long(
        self, environment: dict[str, str], doctor: Doctor, model: ModelServer
    ):
        model.hangs()
        line = await doctor.examine(environment | {"MODEL_TIMEOUT": "3600"}, "model")

        assert "No word within 25 s" in line and "MODEL_TIMEOUT" in line

    async def test_that_cannot_be_reached_is_reported(self, environment: dict[str, str], doctor: Doctor, port: int):
        environment["OPENAI_BASE_URL"] = f"http://127.0.0.1:{port}/v1"
        line = await doctor.examine(environment, "model")

        assert "✗ model: " in line and "OPENAI_BASE_URL" in line
        assert " does not answer: connection refused at http://127.0.0.1:" in line

    async def test_may_be_the_demo_model(self, doctor: Doctor, port: int):
        assert "✓ model: the demo model" in await doctor.examine({"PORT": str(port)}, "model")


class TestMcpServers:
    async def test_are_reported_with_their_tools(self, environment: dict[str, str], doctor: Doctor, port: int):
        results = listing(add={}, search={"type": "string"}, research={})
        results["tools/list"]["tools"][-1]["execution"] = {"taskSupport": "required"}
        async with serving(scripted_mcp(results)) as address:
            url = f"{address}/mcp"
            declared = {
                "docs": {"url": url, "tools": ["add"]},
                "more": {"url": url, "tools": ["add", "dance"]},
                "odd": {"url": url, "tools": ["add", "search", "research", "sing"]},
                "gone": {"url": f"http://127.0.0.1:{port}/mcp", "tools": ["*"]},
            }
            lines = await doctor.examine(environment | {"MCP_SERVERS": json.dumps(declared)}, "MCP servers")

        docs, more, odd, gone = lines.splitlines()
        assert docs == "✓ MCP servers: docs offers add"
        assert more.startswith("! MCP servers: more offers add; it has none named dance")
        assert odd.startswith("! MCP servers: odd offers add; it has none named sing: ")
        assert "; models refuse the parameters of search, " in odd
        assert "; tools that run as tasks only are left out: research" in odd
        assert gone.startswith("✗ MCP servers: gone is down: ") and not doctor.is_sound

    async def test_that_are_declared_wrongly_are_a_problem_of_settings(
        self, environment: dict[str, str], doctor: Doctor
    ):
        line = await doctor.examine(environment | {"MCP_SERVERS": "{"}, "MCP servers")

        assert line == "! MCP servers: not checked, because its settings are wrong"


class TestCredentials:
    async def test_are_not_needed_for_the_playground(self, environment: dict[str, str], doctor: Doctor):
        line = await doctor.examine(environment, "credentials")

        assert line.startswith("✓ credentials: none, and requests need no token")
        assert "✓ signing keys: not needed" in doctor.output

    async def test_that_entra_refuses_are_reported_with_advice(
        self, guarded: dict[str, str], doctor: Doctor, entra: Entra
    ):
        entra.secret = "another"
        line = await doctor.examine(guarded, "credentials")

        assert line.startswith("✗ credentials: the bot gets no token: ") and "AADSTS7000215" in line
        assert line.endswith("it takes the secret's value, not its id") and SECRET not in doctor.output

    async def test_cannot_be_checked_when_the_login_endpoint_is_away(
        self, guarded: dict[str, str], doctor: Doctor, port: int
    ):
        line = await doctor.examine(guarded | {"LOGIN_ENDPOINT": f"https://127.0.0.1:{port}"}, "credentials")

        assert line.startswith(f"✗ credentials: https://127.0.0.1:{port} cannot be reached: Connection refused. ")
        assert line.endswith("LOGIN_ENDPOINT") and "CLIENT_ID" not in line

    async def test_report_a_managed_identity_that_does_not_exist(
        self, guarded: dict[str, str], doctor: Doctor, port: int, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{port}/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header")
        guarded = {name: value for name, value in guarded.items() if name not in ("CLIENT_SECRET", "LOGIN_ENDPOINT")}
        line = await doctor.examine(guarded, "credentials")

        assert line.startswith("✗ credentials: without CLIENT_SECRET, no managed identity gives a token: ")
        assert "set CLIENT_SECRET and TENANT_ID" in line

    async def test_do_not_wait_forever_for_a_managed_identity(
        self, guarded: dict[str, str], doctor: Doctor, monkeypatch: pytest.MonkeyPatch
    ):
        """Outside Azure the address of the token service may not respond at all."""
        monkeypatch.setattr("parley.terminal.checks.credentials._TIMEOUT", 0.1)
        del guarded["CLIENT_SECRET"], guarded["LOGIN_ENDPOINT"]
        with socket.create_server(("127.0.0.1", 0)) as silent:
            monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", f"http://127.0.0.1:{silent.getsockname()[1]}")
            line = await doctor.examine(guarded, "credentials")

        assert line.startswith("✗ credentials: without CLIENT_SECRET, no managed identity gives a token: ")
        assert "set CLIENT_SECRET and TENANT_ID" in line


class TestKeys:
    async def test_are_counted(self, guarded: dict[str, str], doctor: Doctor, key_server: KeyServer):
        key_server.publish("2")

        assert await doctor.examine(guarded, "signing keys") == f"✓ signing keys: 2 from {key_server.metadata_url}"

    async def test_that_cannot_be_fetched_are_reported(
        self, guarded: dict[str, str], doctor: Doctor, key_server: KeyServer
    ):
        key_server.status = 503
        guarded["OPENID_METADATA_URL"] = key_server.metadata_url.replace("//", "//parley:open-sesame@")
        line = await doctor.examine(guarded, "signing keys")

        assert line.startswith("✗ signing keys: ") and "503" in line and "OPENID_METADATA_URL" in line
        assert "sesame" not in doctor.output

    async def test_are_not_waited_for_forever(self, guarded: dict[str, str], doctor: Doctor, key_server: KeyServer):
        key_server.hang()

        assert "✗ signing keys: " in await doctor.examine(guarded, "signing keys")
        assert "✓ port: " in doctor.output


class TestPort:
    async def test_that_a_bot_listens_on_passes(
        self, environment: dict[str, str], doctor: Doctor, connector: Connector
    ):
        async with run_bot(environment, connector) as bot:
            port = bot.url.rpartition(":")[2]
            assert await doctor.examine(environment | {"PORT": port}, "port") == f"✓ port: a bot listens on {port}"

    async def test_that_another_program_uses_fails(self, environment: dict[str, str], doctor: Doctor):
        async with serving(FastAPI()) as url:
            port = url.rpartition(":")[2]
            line = await doctor.examine(environment | {"PORT": port}, "port")

        assert line.startswith(f"✗ port: port {port} cannot be listened on") and line.endswith("set PORT to another")

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a machine all of 127.0.0.0/8")
    async def test_is_checked_on_the_address_of_the_bot(self, guarded: dict[str, str], doctor: Doctor):
        """With credentials the bot listens on all addresses, of which 127.0.0.2 is one; without, on 127.0.0.1 alone."""
        with socket.create_server(("127.0.0.2", int(guarded["PORT"]))):
            line = await doctor.examine(guarded, "port")
            without = {name: value for name, value in guarded.items() if not name.startswith(("CLIENT_", "TENANT_"))}
            alone = await doctor.examine(without | {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"}, "port")

        assert line.startswith(f"✗ port: port {guarded['PORT']} cannot be listened on")
        assert alone == f"✓ port: {guarded['PORT']} is free"
