"""What the processes that tests start need of this machine: ports, and its environment."""

import os
import random
import socket
from contextlib import suppress

_NAMES = (
    *("APPDATA", "HOME", "LOCALAPPDATA", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USERPROFILE"),
    *("COVERAGE_PROCESS_CONFIG", "PYTHONPATH"),
)


# Below those that systems give to connections: one of these may be taken between its choice and its use.
_PORTS = (15_000, 30_000)

# Not the module's own generator, whose seed the processes of a test run share.
_CHANCE = random.SystemRandom()


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    [port] = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback that nobody listens on, none of which the system gives to a connection."""
    ports: list[int] = []
    while len(ports) < count:
        port = _CHANCE.randrange(*_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports += [port] if port not in ports else []
    return ports


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment of a process: these settings, and nothing of the developer's but what a machine needs."""
    return {name: os.environ[name] for name in _NAMES if name in os.environ} | settings
