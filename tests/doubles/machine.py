"""What the processes that tests start need of this machine: ports, and its environment."""

import os
import socket
from contextlib import ExitStack

_NAMES = (
    *("APPDATA", "HOME", "LOCALAPPDATA", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USERPROFILE"),
    *("COVERAGE_PROCESS_CONFIG", "PYTHONPATH"),
)


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    [port] = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback that nobody listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment of a process: these settings, and nothing of the developer's but what a machine needs."""
    return {name: os.environ[name] for name in _NAMES if name in os.environ} | settings
