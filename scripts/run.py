"""Starts Parley and the Microsoft 365 Agents Playground, to chat with the bot in the browser.

    python3 scripts/run.py

The first run makes the environment and installs the Playground; later runs start in seconds. Without a model in `.env`,
the demo model answers. A model of Ollama, LM Studio or Foundry Local on this machine needs no account and no `.env`:

    python3 scripts/run.py --model ollama:llama3.2

Ctrl-C stops the bot and the Playground.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import banner
import console
import environment
import local_models
import playground

# Seconds until a process must have started, and stopped: longer than SHUTDOWN_GRACE.
START, STOP = 60, 30

UNAUTHENTICATED = "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"
CREDENTIALS = ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID", "MANAGED_IDENTITY_CLIENT_ID")


def main(arguments: Sequence[str] | None = None) -> None:
    settings = {**console.read_dotenv(environment.ROOT / ".env"), **os.environ}
    port = settings.get("PORT") or "3978"
    if not _is_port(port):
        sys.exit(f"PORT is {port!r}: expected a port number from 1 to 65535")
    options = _parse(arguments, default_port=port)
    _require_free(options.port, "--port")
    if options.playground:
        _require_free(options.playground_port, "--playground-port")

    model = local_models.settings_for(options.model, settings) if options.model else {}
    lines = banner.Banner({**settings, **model})
    python = environment.ensure()
    client = playground.install(python) if options.playground else []
    bot_environment = {**os.environ, **_access(settings, options.playground), **model, "PORT": str(options.port)}
    with Processes() as processes:
        processes.start("Parley", [str(python), "-m", "parley"], bot_environment)
        processes.wait_for(options.port)
        endpoint = f"http://127.0.0.1:{options.port}/api/messages"
        if options.playground:
            address = _start_playground(processes, client, endpoint, options)
            lines.show(f"Chat with Parley at {address}")
            _open_browser(address, options)
        else:
            lines.show(f"Parley takes activities at {endpoint}")
        processes.wait()


def _parse(arguments: Sequence[str] | None, *, default_port: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--port", type=_port, default=default_port, help="where Parley listens (default: %(default)s, from PORT)"
    )
    parser.add_argument(
        "--playground-port", type=_port, default=56150, help="where the Playground listens (default: %(default)s)"
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="do not open the browser")
    parser.add_argument("--no-playground", dest="playground", action="store_false", help="start Parley alone")
    parser.add_argument(
        "--model",
        metavar="SERVER:NAME",
        help="answer with a model of this machine: ollama:NAME, lmstudio:NAME or foundry:NAME",
    )
    parser.add_argument("--verbose", action="store_true", help="show what the Playground logs, too")
    options = parser.parse_args(arguments)
    if options.playground and options.port == options.playground_port:
        parser.error(f"Parley and the Playground cannot both listen on port {options.port}")
    return options


def _is_port(text: str) -> bool:
    return text.isdecimal() and 0 < int(text) < 65536


def _port(text: str) -> int:
    if _is_port(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 1 to 65535")


def _access(settings: Mapping[str, str], for_playground: bool) -> dict[str, str]:
    """Return the settings for access. The Playground sends no token, so the bot must not require one."""
    if not for_playground:
        return {}
    if any(settings.get(name) for name in CREDENTIALS):
        print("The Playground sends no token: this run leaves the Teams credentials out.", flush=True)
    return {**dict.fromkeys(CREDENTIALS, ""), UNAUTHENTICATED: os.environ.get(UNAUTHENTICATED) or "true"}


def _require_free(port: int, option: str) -> None:
    if _answers(port):
        sys.exit(f"Port {port} is in use. Stop what listens there, or choose another port with {option}.")


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _start_playground(processes: Processes, client: Sequence[str], endpoint: str, options: argparse.Namespace) -> str:
    """Return the address of the Playground."""
    port = options.playground_port
    log = environment.ROOT / ".tools" / "playground.log"
    processes.start(
        "The Playground",
        [*client, "-e", endpoint, "-c", "msteams", "-p", str(port), "--disable-telemetry"],
        {**os.environ, "TEAMSAPPTESTER_BROWSER": "none", "M365_AGENTS_PLAYGROUND_LOGFILE": str(log)},
        quiet=not options.verbose,
        log=log,
    )
    processes.wait_for(port)
    return f"http://localhost:{port}"


def _open_browser(address: str, options: argparse.Namespace) -> None:
    if options.browser and _has_browser():
        # In a thread, because for some browsers this call returns only when they are closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _has_browser() -> bool:
    has_screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(has_screen) and not os.environ.get("CI")


class Process(NamedTuple):
    """A process of this run, and its log file if it has one."""

    name: str
    handle: subprocess.Popen[bytes]
    log: Path | None


class Processes:
    """The processes of this run, all ended with their children at the end of the block.

    Each has its own process group, so that Ctrl-C reaches only this script.
    """

    def __init__(self) -> None:
        self._running: list[Process] = []
        self._signals = 0

    def __enter__(self) -> Processes:
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            # Under nohup, SIGHUP has to stay ignored.
            if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
                signal.signal(getattr(signal, name), self._count_signal)
        return self

    def __exit__(self, *_: object) -> None:
        deadline = time.monotonic() + STOP
        # One after the other, because an answer in progress needs the Playground.
        for process in self._running:
            _terminate(process.handle)
            # A second Ctrl-C does not wait.
            while process.handle.poll() is None and time.monotonic() < deadline and self._signals < 2:
                time.sleep(0.05)
            _end(process.handle)

    def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], *, quiet: bool = False, log: Path | None = None
    ) -> None:
        """Start a process; `quiet` drops its standard output."""
        handle = subprocess.Popen(
            command,
            cwd=environment.ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            start_new_session=sys.platform != "win32",
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
        )
        self._running.append(Process(name, handle, log))

    def wait_for(self, port: int) -> None:
        """Wait until the process started last answers on `port`."""
        deadline = time.monotonic() + START
        while not _answers(port):
            self._check()
            if time.monotonic() > deadline:
                sys.exit(f"{self._running[-1].name} does not answer on port {port} {START} seconds after its start.")

    def wait(self) -> None:
        """Wait until a signal arrives or a process ends."""
        while True:
            self._check()

    def _check(self) -> None:
        """Wait a moment. Exit with 0 after a signal, and with the exit code of a process that has ended."""
        time.sleep(0.1)
        if self._signals:
            print("\nStopping ...", flush=True)
            sys.exit(0)
        for process in self._running:
            code = process.handle.poll()
            if code is not None:
                _report(process, code)
                # An unexpected end is a failure, even with exit code 0. A negative code is the signal's number.
                sys.exit(128 - code if code < 0 else code or 1)

    def _count_signal(self, *_: object) -> None:
        self._signals += 1


def _report(process: Process, code: int) -> None:
    if process.log and process.log.is_file():
        lines = process.log.read_text(encoding="utf-8", errors="replace").splitlines()
        print(*lines[-20:], sep="\n", file=sys.stderr)
    print(f"{process.name} ended unexpectedly with exit code {code}.", file=sys.stderr, flush=True)


def _terminate(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if sys.platform == "win32":
            process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            os.killpg(process.pid, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
    else:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    console.run(main)
