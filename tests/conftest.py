"""What all tests share: the doubles, a bot between them, and a clean environment.

The Teams SDK loads a `.env` file when it is imported, and both SDKs read the environment. So, before anything is
imported: no `.env`, and none of the variables that a developer may have set.
"""

import os

os.environ["PYTHON_DOTENV_DISABLED"] = "1"
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
_NAMES = ("PORT", "LOG_LEVEL", "LOGIN_ENDPOINT", "CLOUD", "SERVICE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_PREFIXES = (
    "OPENAI_",
    "OPENID_",
    "ALLOWED_",
    "AZURE_",
    "BOT_",
    "CLIENT_",
    "TENANT_",
    "MANAGED_",
    "MEMORY_",
    "MODEL_",
    "MAX_",
    "MCP_",
    "TURN_",
    "TURNS_",
    "TOKENS_",
    "SHUTDOWN_",
    "TOOL_",
    "DATABASE_",
    "DANGER",
    "SSL_CERT",
    "TEXT_",
)
for name in list(os.environ):
    if name.upper() in _NAMES or name.upper().startswith(_PREFIXES):
        del os.environ[name]
# A folder without certificates: a bot would read all that the world trusts, which takes 25 ms each time.
os.environ["SSL_CERT_DIR"] = os.path.dirname(__file__)

import asyncio
import gc
import platform
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import settings
from microsoft_teams.ai import Function

from doubles.bot import Bot, run_bot
from doubles.clock import VirtualTimeLoop
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.entra import Entra
from doubles.key_server import KeyServer
from doubles.machine import free_port
from doubles.model_server import ModelServer
from doubles.postgres import PostgresServer, find_binaries, running_postgres
from doubles.server import serving
from parley.storage import upgrade
from parley.tools import TOOLS

# Fixtures that start another process.
_PROCESSES = {"package", "postgres", "prepared", "stage"}

_started: list[str] = []


def _note_process(event: str, arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen":
        _started.append(str(arguments[1]))


platform.processor()  # starts `uname` once, which would otherwise happen in whichever test comes first
sys.addaudithook(_note_process)

# Who starts the tests in a shell's background has these signals ignored, and so would each process that a test starts.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if (number := getattr(signal, name, None)) and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)

for name, examples in (("dev", 50), ("ci", 500)):
    settings.register_profile(name, derandomize=True, deadline=None, database=None, max_examples=examples)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests whose fixtures start another process."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        on_postgresql = callspec and "postgresql" in callspec.params.values()
        if on_postgresql or _PROCESSES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.process)


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what is loaded by now, and come less often; saves a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _started.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test that starts a process, or whose fixtures do, says so by its mark, so that `scripts/test.py --fast` can
    leave it out."""
    yield
    if _started and not item.get_closest_marker("process"):
        pytest.fail(f"This test needs @pytest.mark.process: it starts {_started[0]}", pytrace=False)


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Any]:
    """No asynchronous test waits for real time to pass, except for one that is marked to wait for another process."""
    return {"loop": asyncio.SelectorEventLoop if item.get_closest_marker("real_time") else VirtualTimeLoop}


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    """What Teams would get. The bot may be refused, but not for breaking a rule."""
    double = Connector()
    async with serving(double.app) as double.url:
        yield double
    assert double.broken_rules == []


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    """A model that says what the test tells it to."""
    double = ModelServer()
    async with serving(double.app) as double.url:
        yield double


@pytest.fixture
async def entra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Entra]:
    """An Entra ID of the tests' own, on this machine, which the bot trusts by its certificate."""
    authority, certificate = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    double = Entra("secret-of-the-tests")
    async with serving(double.app, certificate=certificate) as double.url:
        yield double


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that holds a database `prepared`, with the current schema, to copy."""
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
    """The name of a database of PostgreSQL that has the current schema."""
    with postgres.database("prepared") as name:
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database with the current schema; a test that asks for it runs on each kind, and in real time."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'parley.db'}"
        upgrade(url)
        yield url
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        yield server.url(request.getfixturevalue("prepared"))


@pytest.fixture
async def key_server() -> AsyncIterator[KeyServer]:
    """Where the keys are that Teams' tokens are signed with."""
    double = KeyServer()
    async with serving(double.app) as double.url:
        yield double
        double.awake.set()


@pytest.fixture
def port() -> int:
    """A port that nobody listens on."""
    return free_port()


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of SQLite that has the current schema, to copy: to make one takes 50 ms."""
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
    """The environment of a bot that talks to the doubles. Tests change it before they ask for the bot."""
    return {
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
        "DATABASE_URL": disk.url,
        "OPENAI_BASE_URL": f"{model.url}/v1",
        "OPENAI_API_KEY": "key-of-the-tests",
        "OPENAI_MODEL": "scripted",
    }


@pytest.fixture
def tools() -> Sequence[Function[Any]]:
    """The tools of the bot. A module or a class that needs others has a fixture of this name."""
    return TOOLS


@pytest.fixture
async def bot(environment: dict[str, str], connector: Connector, tools: Sequence[Function[Any]]) -> AsyncIterator[Bot]:
    """A running bot."""
    async with run_bot(environment, connector, tools=tools) as running:
        yield running
