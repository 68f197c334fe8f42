"""The fixtures of all tests: the doubles, and a bot that uses them."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme
from microsoft_teams.ai import Function

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.entra import Entra
from doubles.key_server import APP_ID, KeyServer
from doubles.machine import free_port
from doubles.model_server import ModelServer
from doubles.postgres import PostgresServer, find_binaries, running_postgres
from doubles.server import serving
from parley.models import Model, open_model
from parley.settings import Settings
from parley.storage import upgrade
from parley.tools import TOOLS


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    """The double of the Bot Connector. At the end of the test no rule may be broken."""
    double = Connector()
    async with serving(double.app) as double.url:
        yield double
    assert double.broken_rules == []


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    """The double of the model's server."""
    double = ModelServer()
    async with serving(double.app) as double.url:
        yield double


@pytest.fixture(params=["completions", "responses"])
async def ai_model(request: pytest.FixtureRequest, environment: dict[str, str]) -> AsyncIterator[Model]:
    """The model of the bot, with each API."""
    async with open_model(Settings.load(environment | {"OPENAI_API": request.param})) as opened:
        yield opened


@pytest.fixture
async def entra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Entra]:
    """The double of Entra ID, with a certificate that the bot trusts."""
    authority, certificate = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    double = Entra("secret-of-the-tests")
    async with serving(double.app, certificate=certificate) as double.url:
        yield double


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server. Its database `prepared` has the current schema and serves as a template."""
    binaries = find_binaries()
    if not binaries:
        reason = "PostgreSQL's server is not installed (Debian: apt install postgresql)"
        pytest.fail(reason) if os.environ.get("PARLEY_REQUIRE_POSTGRES") else pytest.skip(reason)
    with running_postgres(binaries) as server:
        server.query("CREATE DATABASE prepared")
        upgrade(server.url("prepared"))
        yield server


@pytest.fixture
def prepared(postgres: PostgresServer) -> Iterator[str]:
    """The name of a PostgreSQL database with the current schema."""
    with postgres.database("prepared") as name:
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database with the current schema, of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'parley.db'}"
        upgrade(url)
        yield url
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        yield server.url(request.getfixturevalue("prepared"))


@pytest.fixture
async def key_server() -> AsyncIterator[KeyServer]:
    """The double of the server with the keys for Teams' tokens."""
    double = KeyServer()
    async with serving(double.app) as double.url:
        yield double
        double.may_respond.set()


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """A fixed mark for the frames around files, pictures and quotes. Otherwise it is random."""
    mark = "0a1b2c3d"
    monkeypatch.setattr("secrets.token_hex", lambda _size: mark)
    return mark


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the current schema. Tests copy it, because a new one takes 50 ms."""
    path = tmp_path_factory.mktemp("prepared") / "parley.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def disk(tmp_path: Path, prepared_file: Path) -> Disk:
    """The bot's database."""
    path = tmp_path / "parley.db"
    shutil.copyfile(prepared_file, path)
    return Disk(path)


@pytest.fixture
def environment(model: ModelServer, disk: Disk) -> dict[str, str]:
    """The environment of a bot that uses the doubles. A fixture of a test can replace it."""
    return {
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
        "DATABASE_URL": disk.url,
        "OPENAI_BASE_URL": f"{model.url}/v1",
        "OPENAI_API_KEY": "key-of-the-tests",
        "OPENAI_MODEL": "scripted",
    }


@pytest.fixture
def guarded_environment(environment: dict[str, str], entra: Entra, key_server: KeyServer) -> dict[str, str]:
    """The environment of a bot with credentials. It checks tokens, and fetches its own from Entra ID."""
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
    return environment | {
        "CLIENT_ID": APP_ID,
        "CLIENT_SECRET": "secret-of-the-tests",
        "TENANT_ID": "tenant",
        "OPENID_METADATA_URL": key_server.metadata_url,
        "LOGIN_ENDPOINT": f"{entra.url}/",
        "ALLOWED_SERVICE_HOSTS": "127.0.0.1",
    }


@pytest.fixture
def tools() -> Sequence[Function[Any]]:
    """The tools of the bot. A module or a class with other tools overrides this fixture."""
    return TOOLS


@pytest.fixture
async def bot(environment: dict[str, str], connector: Connector, tools: Sequence[Function[Any]]) -> AsyncIterator[Bot]:
    """A running bot."""
    async with run_bot(environment, connector, tools=tools) as running:
        yield running
