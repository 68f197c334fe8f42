"""The setup of the tests: a clean environment, virtual time, and the fixtures of `doubles/fixtures.py`.

The Teams SDK loads a `.env` file when it is imported, and both SDKs read the environment. So this module first disables
`.env` and removes the variables that a developer may have set, and only then imports anything else.
"""

import os
import sys

os.environ["PYTHON_DOTENV_DISABLED"] = "1"
_NAMES = (
    "PORT",
    "LOG_LEVEL",
    "LOGIN_ENDPOINT",
    "CLOUD",
    "SERVICE_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)
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
if sys.platform != "linux":  # other systems can have a proxy outside of the environment
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
# A folder without certificates: each bot would load those of the system, which takes 25 ms.
os.environ["SSL_CERT_DIR"] = os.path.dirname(__file__)

import gc

gc.disable()  # until all tests are loaded, because loading leaves no garbage

import asyncio
import platform
import signal
import ssl
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import settings

from doubles.clock import VirtualTimeLoop

# The fixtures that start another process.
_PROCESSES = {"package", "postgres", "prepared", "stage"}

# The number of cases per test that are not slow, evenly spread. A test with few cases has up to twice as many.
_CASES = 3

_started: list[str] = []


def _note_process(event: str, arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen":
        _started.append(str(arguments[1]))


platform.processor()  # starts `uname` once per process; here it does not count for a test
sys.addaudithook(_note_process)

# In the background of a shell these signals are ignored, which the processes of tests would inherit.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if (number := getattr(signal, name, None)) and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)

# A bot makes six clients with six contexts: 3 of the 12 ms of its start.
ssl.create_default_context = cache(ssl.create_default_context)

for name, examples in (("dev", 50), ("ci", 500)):
    settings.register_profile(name, derandomize=True, deadline=None, database=None, max_examples=examples)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures. The controller of pytest-xdist does not need them, and saves three seconds."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        config.pluginmanager.import_plugin("doubles.fixtures")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests whose fixtures start another process as `process`, and most cases of a test with many as `slow`."""
    tests: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    for cases in tests.values():
        step = max(1, len(cases) // _CASES)
        for number, case in enumerate(cases):
            if number % step:
                case.add_marker(pytest.mark.slow)
    for item in items:
        callspec = getattr(item, "callspec", None)
        on_postgresql = callspec and "postgresql" in callspec.params.values()
        if on_postgresql or _PROCESSES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.process)


def pytest_collection_finish() -> None:
    """Exempt the loaded modules from garbage collection, and collect less often. This saves a sixth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _started.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that starts a process without the mark `process`: `scripts/test.py --fast` could not leave it out."""
    yield
    if _started and not item.get_closest_marker("process"):
        pytest.fail(f"This test needs @pytest.mark.process: it starts {_started[0]}", pytrace=False)


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Any]:
    """Run asynchronous tests in virtual time, or in real time with the mark `real_time`."""
    return {"loop": asyncio.SelectorEventLoop if item.get_closest_marker("real_time") else VirtualTimeLoop}
