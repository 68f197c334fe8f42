"""Free ports and clean environments for the processes of tests."""

import os
import random
import socket
from contextlib import suppress

_NAMES = (
    *("APPDATA", "HOME", "LOCALAPPDATA", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USERPROFILE"),
    *("COVERAGE_PROCESS_CONFIG", "PYTHONPATH"),
)


# Below the ephemeral ports of all systems: the system could give one of those to a connection before its use.
_PORTS = (15_000, 30_000)

# The workers of a test run share the seed of the module's own generator.
_CHANCE = random.SystemRandom()


def free_port() -> int:
    """A free port of the loopback."""
    [port] = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Different free ports of the loopback, none of them ephemeral."""
    ports: list[int] = []
    while len(ports) < count:
        port = _CHANCE.randrange(*_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports += [port] if port not in ports else []
    return ports


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment of a process: these settings, and the variables that the system needs."""
    return {name: os.environ[name] for name in _NAMES if name in os.environ} | settings
