"""Settings: valid and wrong values, the error lines, and the documentation."""

import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any, ClassVar

import pytest

from parley.settings import Settings, SettingsError, documented, find_misspelt, find_unparsed
from parley.settings.environment import read_file
from parley.settings.mcp_servers import HttpServer, McpServer, StdioServer
from parley.settings.settings import DEFAULT_INSTRUCTIONS

REPOSITORY = Path(__file__).parents[1]
PLAYGROUND = {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"}
APP_ID = "00000000-0000-0000-0000-000000000001"
TENANT = "01234567-89ab-cdef-0123-456789abcdef"
AZURE = {"AZURE_OPENAI_ENDPOINT": "https://x.example"}


def problems(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environment)
    return caught.value.problems


def test_a_bot_for_the_playground_needs_one_setting():
    settings = Settings.load(PLAYGROUND)

    assert (settings.port, settings.log_level, settings.bot_stateful) == (3978, "INFO", True)
    assert settings.bot_instructions == DEFAULT_INSTRUCTIONS
    assert settings.database_url == "sqlite:///parley.db"


def test_an_empty_value_counts_as_unset():
    assert Settings.load(PLAYGROUND | {"PORT": "", "CLIENT_ID": "", "OPENAI_API_KEY": ""}).port == 3978


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("PORT", "abc", "PORT is 'abc': expected a port number from 1 to 65535"),
        ("PORT", "70000", "PORT is '70000': expected a port number from 1 to 65535"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD': expected one of DEBUG, INFO, WARNING, ERROR"),
        ("BOT_STATEFUL", "perhaps", "BOT_STATEFUL is 'perhaps': expected true or false"),
        ("MEMORY_MAX_TOKENS", "-1", "MEMORY_MAX_TOKENS is '-1': expected a whole number of tokens, 0 or more"),
        ("MODEL_TIMEOUT", "0", "MODEL_TIMEOUT is '0': expected a number of seconds, more than 0"),
        ("MODEL_TIMEOUT", "inf", "MODEL_TIMEOUT is 'inf': expected a number of seconds, more than 0"),
        ("MODEL_STALL_TIMEOUT", "-1", "MODEL_STALL_TIMEOUT is '-1': expected a number of seconds, more than 0"),
        ("MODEL_MAX_OUTPUT_TOKENS", "0", "MODEL_MAX_OUTPUT_TOKENS is '0': expected a whole number of tokens from 1 t"),
        ("MODEL_TEMPERATURE", "2.1", "MODEL_TEMPERATURE is '2.1': expected a number from 0 to 2"),
        ("MODEL_MAX_TOOL_ROUNDS", "-1", "MODEL_MAX_TOOL_ROUNDS is '-1': expected a whole number from 0 to 100"),
        ("MODEL_TIMEOUT", "1e308", "MODEL_TIMEOUT is '1e308': expected a number of seconds, more than 0, at most 3600"),
        ("MODEL_TIMEOUT", "nan", "MODEL_TIMEOUT is 'nan': expected a number of seconds, more than 0, at most 3600"),
        ("MODEL_MAX_TOOL_ROUNDS", "101", "MODEL_MAX_TOOL_ROUNDS is '101': expected a whole number from 0 to 100"),
        ("MODEL_MAX_OUTPUT_TOKENS", "10000001", "MODEL_MAX_OUTPUT_TOKENS is '10000001': expected a whole number"),
        ("TOOL_TIMEOUT", "never", "TOOL_TIMEOUT is 'never': expected a number of seconds, more than 0"),
        ("OPENAI_API", "assistants", "OPENAI_API is 'assistants': expected completions or responses"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL is malformed: expected sqlite:///PATH"),
        ("DATABASE_URL", "sqlite:///:memory:", "DATABASE_URL is malformed: expected sqlite:///PATH"),
        ("DATABASE_CONNECTIONS", "4", "DATABASE_CONNECTIONS is '4': expected a whole number from 5 to 1000"),
        ("CLIENT_ID", "parley", "CLIENT_ID is 'parley': expected a GUID, such as 00000000-0000-0000-0000-0000000000"),
        ("CLOUD", "mars", "CLOUD is 'mars': expected one of Public, USGov, USGovDoD, China"),
        ("TEXT_FORMAT", "html", "TEXT_FORMAT is 'html': expected markdown or extendedmarkdown"),
        ("ALLOWED_IMAGE_HOSTS", "https://x.example", "ALLOWED_IMAGE_HOSTS is 'https://x.example': expected names of"),
        *[
            ("ALLOWED_IMAGE_HOSTS", hosts, f"ALLOWED_IMAGE_HOSTS is {hosts!r}: expected names of hosts")
            for hosts in (".", "a..b", ".a.b", "a.b.", "-a.b", "a.b,.")
        ],
        *[
            ("ALLOWED_SERVICE_HOSTS", hosts, f"ALLOWED_SERVICE_HOSTS is {hosts!r}: expected names of hosts")
            for hosts in ("*", "*x.example", ".", "https://x.example", "a.*.b", "**.a.b", "x.example:443")
        ],
        *[
            ("ALLOWED_TENANTS", tenants, f"ALLOWED_TENANTS is {tenants!r}: expected tenant ids")
            for tenants in (
                "contoso",
                f"{TENANT};{TENANT}",
                f"{TENANT} {TENANT}",
                TENANT[:-1],
                f"{TENANT},x",
                f"{TENANT}0",
            )
        ],
        ("ALLOWED_FILE_HOSTS", "*", "ALLOWED_FILE_HOSTS is '*': expected names of hosts"),
        ("MAX_FILE_BYTES", "9999", "MAX_FILE_BYTES is '9999': expected a whole number of bytes from 10000"),
        ("MAX_PICTURE_BYTES", "9999", "MAX_PICTURE_BYTES is '9999': expected a whole number of bytes from 10000"),
        ("MAX_FILE_TOKENS", "99", "MAX_FILE_TOKENS is '99': expected a whole number of tokens from 100"),
        (
            "OPENID_METADATA_URL",
            "login.example",
            "OPENID_METADATA_URL is malformed: expected an http or https",
        ),
        ("LOGIN_ENDPOINT", "http://login.example", "LOGIN_ENDPOINT is malformed: expected an https URL"),
        ("OPENAI_BASE_URL", "localhost:11434", "OPENAI_BASE_URL is malformed: expected an http or https URL"),
    ],
)
def test_a_wrong_value_is_reported_with_the_expected_form(name: str, value: str, problem: str):
    [line] = problems(PLAYGROUND | {name: value})

    assert line.startswith(problem) and "\n" not in line


class TestDatabase:
    @pytest.mark.parametrize(
        ("given", "url"),
        [
            ("sqlite:///x.db", "sqlite:///x.db"),
            ("sqlite+aiosqlite:////x.db", "sqlite:////x.db"),
            ("postgres://db/parley", "postgresql+psycopg://db/parley"),
            ("postgresql://db/parley", "postgresql+psycopg://db/parley"),
            ("postgresql+psycopg://db/parley", "postgresql+psycopg://db/parley"),
        ],
    )
    def test_may_use_the_url_schemes_of_other_programs(self, given: str, url: str):
        assert Settings.load(PLAYGROUND | {"DATABASE_URL": given}).database_url == url

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://parley:open-sesame@db/parley",
            "postgresql:parley:open-sesame@db/parley",
            "postgresql://parley:open-sesame",
            "postgresql://parley:p@open-sesame@db/parley",
        ],
    )
    def test_with_a_mistake_is_reported_without_its_value(self, url: str):
        [line] = problems(PLAYGROUND | {"DATABASE_URL": url})

        assert line.startswith("DATABASE_URL is malformed: expected sqlite") and "sesame" not in line

    @pytest.mark.parametrize(
        "url", ["postgresql://parley:open%20sesame@db/parley", "postgresql://db/parley?password=open+sesame"]
    )
    def test_has_a_password_that_is_redacted(self, url: str):
        settings = Settings.load(PLAYGROUND | {"DATABASE_URL": url})

        assert "open sesame" in settings.secrets() and "sesame" not in repr(settings)


class TestMcpServers:
    PROGRAM: ClassVar = {"command": "npx", "args": ["-y", "docs"], "tools": ["search"]}
    SITE: ClassVar = {"url": "https://mcp.example/mcp", "tools": ["*"]}

    def declare(self, declared: object, **variables: str) -> tuple[McpServer, ...]:
        return Settings.load(PLAYGROUND | variables | {"MCP_SERVERS": json.dumps(declared)}).mcp_servers

    @pytest.mark.parametrize("is_wrapped", [True, False])
    def test_are_declared_as_in_other_clients(self, is_wrapped: bool):
        named = {"docs": self.PROGRAM, "site": self.SITE | {"type": "http", "timeout": 5}}

        docs, site = self.declare({"mcpServers": named} if is_wrapped else named)

        assert isinstance(docs, StdioServer) and (docs.name, docs.command, docs.args) == ("docs", "npx", ("-y", "docs"))
        assert isinstance(site, HttpServer) and (site.url, site.timeout) == ("https://mcp.example/mcp", 5)
        assert (docs.offers("search"), docs.offers("delete"), site.offers("delete")) == (True, False, True)

    def test_may_be_read_from_a_file(self, tmp_path: Path):
        (tmp_path / "mcp.json").write_text(json.dumps({"docs": self.PROGRAM}), encoding="utf-8-sig")

        settings = Settings.load(PLAYGROUND | {"MCP_SERVERS": f"file:{tmp_path / 'mcp.json'}"})

        assert [server.name for server in settings.mcp_servers] == ["docs"]

    def test_may_contain_variables_anywhere(self):
        declared = self.PROGRAM | {"args": ["--key=${DOCS_KEY}"], "env": {"BOTH": "${DOCS_KEY} ${DOCS_USER}"}}

        [docs] = self.declare({"docs": declared}, DOCS_KEY="open-sesame", DOCS_USER="ada-lovelace")

        assert isinstance(docs, StdioServer)
        assert (docs.args, docs.env) == (("--key=open-sesame",), {"BOTH": "open-sesame ada-lovelace"})

    @pytest.mark.parametrize(
        ("declared", "variables"),
        [
            (PROGRAM | {"args": ["--key=${DOCS_KEY}"]}, {"DOCS_KEY": "open-sesame"}),
            (PROGRAM | {"env": {"KEY": "open-sesame"}}, {}),
            (SITE | {"headers": {"Authorization": "Bearer open-sesame"}}, {}),
            (SITE | {"url": "https://mcp.example/mcp?key=${DOCS_KEY}"}, {"DOCS_KEY": "open-sesame"}),
        ],
    )
    def test_have_secrets_that_are_redacted(self, declared: dict[str, Any], variables: dict[str, str]):
        settings = Settings.load(PLAYGROUND | variables | {"MCP_SERVERS": json.dumps({"docs": declared})})

        assert "open-sesame" in settings.secrets()
        assert "sesame" not in repr(settings) and "sesame" not in repr(settings.mcp_servers)

    @pytest.mark.parametrize(
        ("declared", "problem"),
        [
            (["sesame"], "MCP_SERVERS does not map names to servers"),
            ({"docs": "sesame"}, "MCP_SERVERS is wrong at the server 'docs': expected either a command or a url"),
            ({"docs": PROGRAM | SITE}, "MCP_SERVERS is wrong at the server 'docs': expected either a command or a url"),
            ({"docs": {"command": "sesame"}}, "MCP_SERVERS is wrong at the server 'docs': expected tools, a list of"),
            ({"docs": PROGRAM | {"tools": []}}, "MCP_SERVERS is wrong at the server 'docs': tools: "),
            ({"docs": PROGRAM | {"tools": "sesame"}}, "MCP_SERVERS is wrong at the server 'docs': tools: "),
            ({"docs": PROGRAM | {"key": "sesame"}}, "MCP_SERVERS is wrong at the server 'docs': key: Extra inputs"),
            ({"docs": PROGRAM | {"env": {"A": 1}}}, "MCP_SERVERS is wrong at the server 'docs': env.A: "),
            ({"docs": PROGRAM | {"timeout": 0}}, "MCP_SERVERS is wrong at the server 'docs': timeout: "),
            ({"docs": SITE | {"url": "sesame"}}, "MCP_SERVERS is wrong at the server 'docs': url: "),
            ({"docs": SITE | {"headers": ["sesame"]}}, "MCP_SERVERS is wrong at the server 'docs': headers: "),
            ({"docs": SITE | {"type": "sse"}}, "MCP_SERVERS is wrong at the server 'docs': type: "),
            (
                {"docs": SITE | {"url": "https://${NOWHERE}"}},
                "MCP_SERVERS is wrong at the server 'docs': the variable NOWHERE is not set",
            ),
        ],
    )
    def test_with_a_mistake_are_reported_without_their_value(self, declared: object, problem: str):
        [line] = problems(PLAYGROUND | {"MCP_SERVERS": json.dumps(declared)})

        assert line.startswith(problem) and "sesame" not in line and "\n" not in line

    def test_that_are_not_json_are_reported_without_their_value(self):
        assert problems(PLAYGROUND | {"MCP_SERVERS": "sesame"}) == [
            "MCP_SERVERS is no JSON at line 1, column 1: expected JSON, or file:PATH of it"
        ]

    def test_in_an_unreadable_file_are_reported_with_the_cause(self, tmp_path: Path):
        missing, odd = tmp_path / "missing.json", tmp_path / "odd.json"
        odd.write_bytes(b"\xff sesame")
        causes = {missing: "No such file or directory", odd: "it is not in UTF-8"}

        for path, cause in causes.items():
            line = f"MCP_SERVERS names a file that cannot be read, {path}: {cause}"
            assert problems(PLAYGROUND | {"MCP_SERVERS": f"file:{path}"}) == [line]


class TestUrls:
    NAMES = ("OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "OPENID_METADATA_URL", "LOGIN_ENDPOINT")
    MODELS: ClassVar = {
        "OPENAI_BASE_URL": {"OPENAI_MODEL": "gpt"},
        "AZURE_OPENAI_ENDPOINT": {"AZURE_OPENAI_MODEL": "gpt", "AZURE_OPENAI_API_VERSION": "2024-10-21"},
    }

    @pytest.mark.parametrize("name", NAMES)
    def test_with_a_mistake_are_reported_without_their_value(self, name: str):
        [line] = problems(PLAYGROUND | {name: "htps://parley:open-sesame@x.example"})

        assert line.startswith(f"{name} is malformed: expected an http") and "sesame" not in line

    @pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"])
    @pytest.mark.parametrize("user", ["parley:open-sesame@", "open-sesame@", ":open-sesame@", "a@sesame@"])
    def test_of_models_have_no_user_and_password(self, name: str, user: str):
        [line] = problems(PLAYGROUND | self.MODELS[name] | {name: f"https://{user}x.example/v1"})

        assert line.startswith(f"{name} has a user name or a password") and "_API_KEY" in line and "sesame" not in line

    @pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"])
    @pytest.mark.parametrize("address", ["a:open/sesame@x.example", "x.example:none", "x.example:99999", "[::1/v1"])
    def test_of_models_have_a_host_and_a_port(self, name: str, address: str):
        [line] = problems(PLAYGROUND | self.MODELS[name] | {name: f"https://{address}"})

        assert line.startswith(f"{name} is malformed: expected an http") and "sesame" not in line

    def test_of_models_may_have_an_at_sign_in_the_path(self):
        url = "https://x.example/v1/@parley"

        given = self.MODELS["OPENAI_BASE_URL"] | {"OPENAI_BASE_URL": url}

        assert Settings.load(PLAYGROUND | given).openai_base_url == url

    @pytest.mark.parametrize("name", ["OPENID_METADATA_URL", "LOGIN_ENDPOINT"])
    @pytest.mark.parametrize("address", ["x.example/v1", "x.example:none", "[::1/v1"])
    def test_have_a_password_that_is_redacted(self, name: str, address: str):
        url = f"https://parley:open%20sesame@{address}"
        settings = Settings.load(PLAYGROUND | {name: url})

        assert {"open%20sesame", "open sesame"} <= set(settings.secrets()) and "sesame" not in repr(settings)


def test_a_choice_may_be_written_in_any_case():
    settings = Settings.load(PLAYGROUND | {"LOG_LEVEL": "debug", "TEXT_FORMAT": "ExtendedMarkdown"})

    assert (settings.log_level, settings.text_format) == ("DEBUG", "extendedmarkdown")


def test_every_wrong_value_is_reported():
    assert len(problems(PLAYGROUND | {"PORT": "abc", "LOG_LEVEL": "LOUD"})) == 2


class TestInstructions:
    def test_may_be_read_from_a_file(self, tmp_path: Path):
        (tmp_path / "pirate.txt").write_text("Talk like a pirate. 🏴‍☠️\n", encoding="utf-8")

        settings = Settings.load(PLAYGROUND | {"BOT_INSTRUCTIONS": f"file:{tmp_path / 'pirate.txt'}"})

        assert settings.bot_instructions == "Talk like a pirate. 🏴‍☠️"

    def test_in_a_file_of_windows_lose_its_byte_order_mark(self, tmp_path: Path):
        (tmp_path / "pirate.txt").write_text("Arr.", encoding="utf-8-sig")

        settings = Settings.load(PLAYGROUND | {"BOT_INSTRUCTIONS": f"file:{tmp_path / 'pirate.txt'}"})

        assert settings.bot_instructions == "Arr."

    @pytest.mark.parametrize(
        ("content", "cause"),
        [
            (None, "names a file that cannot be read, {path}: No such file or directory"),
            (b"\xff\xfe\x00", "names a file that cannot be read, {path}: it is not in UTF-8"),
            (b"", "names a file that is empty, {path}"),
            (b" \n", "names a file that is empty, {path}"),
        ],
    )
    def test_in_an_empty_or_unreadable_file_are_reported(self, tmp_path: Path, content: bytes | None, cause: str):
        path = tmp_path / "persona.txt"
        if content is not None:
            path.write_bytes(content)

        line = f"BOT_INSTRUCTIONS {cause.format(path=path)}"
        assert problems(PLAYGROUND | {"BOT_INSTRUCTIONS": f"file:{path}"}) == [line]


class TestDoor:
    def test_is_closed_without_credentials(self):
        [line] = problems({})

        assert line.startswith("CLIENT_ID is missing") and "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS=true" in line

    @pytest.mark.parametrize("credentials", [{"CLIENT_ID": APP_ID}, {"CLIENT_ID": APP_ID, "CLIENT_SECRET": "s"}])
    def test_is_either_open_or_has_credentials(self, credentials: dict[str, str]):
        [line] = problems(PLAYGROUND | credentials)

        assert line.startswith("DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS is true although")

    def test_needs_the_id_that_a_secret_belongs_to(self):
        assert problems({"CLIENT_SECRET": "s"}) == [
            "CLIENT_ID is missing: expected the application id that CLIENT_SECRET belongs to"
        ]

    def test_listens_on_loopback_only_when_it_is_open(self):
        assert Settings.load(PLAYGROUND).host == "127.0.0.1"
        assert Settings.load({"CLIENT_ID": APP_ID}).host == "0.0.0.0"


class TestModel:
    @pytest.mark.parametrize(
        ("environment", "provider"),
        [
            ({}, "demo"),
            ({"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt"}, "openai"),
            ({"OPENAI_BASE_URL": "http://localhost/v1", "OPENAI_MODEL": "llama"}, "openai"),
            (
                {"OPENAI_API_KEY": "k", "AZURE_OPENAI_MODEL": "gpt", "AZURE_OPENAI_API_VERSION": "2024-10-21"} | AZURE,
                "azure",
            ),
        ],
    )
    def test_is_azure_before_openai_before_the_demo(self, environment: dict[str, str], provider: str):
        assert Settings.load(PLAYGROUND | environment).provider == provider

    @pytest.mark.parametrize(
        ("environment", "problem"),
        [
            ({"OPENAI_API_KEY": "k"}, "OPENAI_MODEL is missing: expected the name of a model, since OPENAI_API_KEY"),
            ({"OPENAI_BASE_URL": "http://x"}, "OPENAI_MODEL is missing: expected the name of a model, since OPENAI_B"),
            (AZURE, "AZURE_OPENAI_MODEL is missing: expected the name of a deployment, since AZURE_OPENAI_ENDPOINT"),
            (AZURE | {"AZURE_OPENAI_MODEL": "gpt"}, "AZURE_OPENAI_API_VERSION is missing: expected an API version"),
            ({"OPENAI_MODEL": "gpt"}, "OPENAI_API_KEY or OPENAI_BASE_URL is missing: expected the key of OpenAI or"),
            ({"AZURE_OPENAI_API_KEY": "k"}, "AZURE_OPENAI_ENDPOINT is missing: expected an http or https URL"),
            ({"AZURE_OPENAI_MODEL": "gpt"}, "AZURE_OPENAI_ENDPOINT is missing: expected an http or https URL"),
            ({"OPENAI_API": "responses"}, "OPENAI_API is 'responses': expected completions, the only API of the demo"),
        ],
    )
    def test_is_refused_when_it_is_half_configured(self, environment: dict[str, str], problem: str):
        [line] = problems(PLAYGROUND | environment)

        assert line.startswith(problem)

    @pytest.mark.parametrize("name", ["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"])
    @pytest.mark.parametrize("key", ["\u201csesame\u201d", "sesame\u200b", "ses\name"])
    def test_refuses_a_malformed_key_without_showing_it(self, name: str, key: str):
        azure = AZURE | {"AZURE_OPENAI_MODEL": "gpt", "AZURE_OPENAI_API_VERSION": "2024-10-21"}

        assert problems(PLAYGROUND | azure | {name: key}) == [
            f"{name} has a character that no key has: expected an API key"
        ]


class TestDocumentation:
    @pytest.fixture
    def generator(self) -> dict[str, Any]:
        return runpy.run_path(str(REPOSITORY / "scripts/settings_page.py"))

    @pytest.mark.parametrize(("file", "text"), [("PAGE", "page"), ("TEMPLATE", "template")])
    def test_is_generated_from_the_settings(self, generator: dict[str, Any], file: str, text: str):
        assert generator[file].read_text(encoding="utf-8") == generator[text]()

    def test_of_env_example_shows_every_setting_with_its_default(self):
        text = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
        shown = re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE)

        assert shown == [(setting.name, setting.default) for setting in documented()]


class TestCopyOfEnvExample:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return Path(shutil.copy(REPOSITORY / ".env.example", tmp_path / ".env"))

    def test_sets_nothing(self, file: Path):
        assert read_file(str(file)) == {}
        assert find_misspelt(str(file), {}) == find_unparsed(str(file)) == []

    def test_with_every_line_in_force_has_the_defaults(self, file: Path):
        file.write_text(re.sub(r"^#(?=[A-Z])", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE))
        copied = read_file(str(file))

        assert len(copied) == len(Settings.model_fields)
        assert Settings.load({**copied, **PLAYGROUND}) == Settings.load(PLAYGROUND)


class TestMisspelt:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / ".env"

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("BOT_INSTRUCTONS", "BOT_INSTRUCTIONS"),
            ("bot_instructons", "BOT_INSTRUCTIONS"),
            ("LOGLEVEL", "LOG_LEVEL"),
            ("DATABASE_URI", "DATABASE_URL"),
            ("AZURE_OPENAI_KEY", "AZURE_OPENAI_API_KEY"),
        ],
    )
    def test_names_in_the_file_are_reported_with_a_suggestion(self, file: Path, name: str, meant: str):
        file.write_text(f"{name}=x\n")

        assert find_misspelt(str(file), {}) == [f"{name} in {file} is no setting of Parley; did you mean {meant}?"]

    @pytest.mark.parametrize(
        "name",
        [
            *("BOT_INSTRUCTIONS", "bot_instructions", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TZ"),
            *("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "OTEL_EXPORTER_OTLP_ENDPOINT", "LANG"),
            *("PYTHONUTF8", "SERVICE_URL", "REQUESTS_CA_BUNDLE", "OPENAI_ORG_ID", "DOCS_TOKEN", "TEAMS_CLIENT_ID"),
        ],
    )
    def test_names_exclude_settings_and_variables_of_others(self, file: Path, name: str):
        file.write_text(f"{name}=x\n")

        assert find_misspelt(str(file), {}) == []

    @pytest.mark.parametrize("where", ["file", "MCP_SERVERS", "file of MCP_SERVERS"])
    def test_names_exclude_variables_that_are_referred_to(self, file: Path, tmp_path: Path, where: str):
        servers = tmp_path / "mcp.json"
        servers.write_text('{"docs": {"url": "https://${CLIENT_IDS}"}}' if where.startswith("file of") else "{}")
        file.write_text("CLIENT_IDS=x\nGREETING=${CLIENT_IDS}\n" if where == "file" else "CLIENT_IDS=x\n")
        declared = '{"docs": {"url": "https://${CLIENT_IDS}"}}' if where == "MCP_SERVERS" else f"file:{servers}"

        assert find_misspelt(str(file), {"MCP_SERVERS": declared}) == []

    def test_names_are_not_reported_without_a_file(self):
        assert find_misspelt("", {"BOT_INSTRUCTONS": "x"}) == []
