"""Makes the environment `.venv` with exactly the packages that requirements.lock and requirements-dev.lock pin.

pip installs the pinned uv, and uv installs the rest. scripts/run.py does the same without the packages for development;
an environment that has them once keeps them.

    python3 scripts/environment.py

With arguments, for example `-m ruff check`, it then runs the environment's Python with them.

Any Python from 3.9 on can run this script; it finds one that Parley runs on. If the environment is up to date, this
takes a fraction of a second. An environment that is unfinished or was moved, or whose Python is gone, is made again.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import console
import failures

ROOT = Path(__file__).resolve().parents[1]

# The packages that run Parley, and those that tests and checks add.
LOCKS = ("requirements.lock", "requirements-dev.lock")

OLDEST, TOO_NEW = (3, 12), (3, 15)

HOW_TO_GET_PYTHON = {
    "win32": "winget install Python.Python.3.13",
    "darwin": "brew install python@3.13",
    "linux": "sudo apt install python3 python3-venv, or where that is older: pyenv install 3.13",
}

_AGAIN = "The packages are not installed. Fix this, then run the script again."

# Settings of pip and the equal variables of uv.
_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


class Interpreter(NamedTuple):
    """A Python on this machine."""

    path: str
    version: tuple[int, int]
    has_ensurepip: bool

    @property
    def fits(self) -> bool:
        return OLDEST <= self.version < TOO_NEW

    def __str__(self) -> str:
        return "Python {}.{}".format(*self.version)


def ensure(*, for_development: bool = False) -> Path:
    """Make or update the environment. Return the path of its Python."""
    home = ROOT / ".venv"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = home / "parley-stamp.txt"
    installed = stamp.read_text(encoding="utf-8").split("\n") if stamp.is_file() else []
    # The stamp has a line for the place and one for each lock.
    locks = LOCKS if for_development or len(installed) > len(LOCKS) else LOCKS[:1]
    wanted = [_digest(lock) for lock in locks]
    interpreter = ask([str(python)])
    place = f"{ROOT}, {interpreter}"
    if installed == [place, *wanted]:
        return python

    if not interpreter or not interpreter.fits or installed[:1] != [place]:
        base = find_python()
        with console.step(f"Making .venv with {base}"):
            console.call(
                [base.path, "-m", "venv", "--clear", home],
                cwd=ROOT,
                advice="The environment cannot be made. Close what uses .venv, delete it, then run this again.",
            )
        place = f"{ROOT}, {base}"
    # Without its stamp the environment counts as unfinished.
    stamp.unlink(missing_ok=True)
    _install(python, locks)
    stamp.write_text("\n".join([place, *wanted]), encoding="utf-8")
    return python


def find_python() -> Interpreter:
    """Return the first Python that Parley runs on: the running one, else the newest on PATH."""
    found = [interpreter for command in _candidates() if (interpreter := ask(command)) and interpreter.fits]
    for interpreter in found:
        if interpreter.has_ensurepip:
            return interpreter
    if found:
        # Debian has ensurepip in a package of its own.
        package = "python{}.{}-venv".format(*found[0].version)
        sys.exit(f"{found[0].path} cannot make environments: sudo apt install {package}, then run this again.")
    sys.exit(
        "Parley needs Python {}.{} or newer, below {}.{}, and none was found. ".format(*OLDEST, *TOO_NEW)
        + f"Get one ({HOW_TO_GET_PYTHON.get(sys.platform, HOW_TO_GET_PYTHON['linux'])}), then run this again."
    )


def ask(command: Sequence[str]) -> Interpreter | None:
    """Run a Python to describe it. Return None if it does not work, for example a shim of pyenv, an alias of the
    Windows store, or a link to a removed Python."""
    question = "import sys, importlib.util as u; print(sys.executable, *sys.version_info[:2], u.find_spec('ensurepip')"
    try:
        answer = subprocess.run(
            [*command, "-c", question + ", sep='\\n')"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        path, major, minor, ensurepip = answer.stdout.splitlines()
        return Interpreter(path, (int(major), int(minor)), ensurepip != "None")
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _candidates() -> Iterator[list[str]]:
    yield [sys.executable]
    versions = [f"3.{minor}" for minor in range(TOO_NEW[1] - 1, OLDEST[1] - 1, -1)]
    for name in [*(f"python{version}" for version in versions), "python3", "python"]:
        if path := shutil.which(name):
            yield [path]
    if sys.platform == "win32":
        yield from (["py", f"-{version}"] for version in versions)


def _digest(lock: str) -> str:
    """Return a hash of a lock and of the project that it belongs to."""
    made_from = [(ROOT / name).read_bytes() for name in (lock, "pyproject.toml")]
    return hashlib.sha256(b"\0".join(made_from)).hexdigest()


def _install(python: Path, locks: Sequence[str]) -> None:
    with console.step(f"Installing the packages that {' and '.join(locks)} {'pin' if locks[1:] else 'pins'}"):
        installer = _bring_uv(python)
        if installer:
            # `sync` also removes packages that are no longer pinned.
            sync = [*installer, "sync", "--require-hashes", "--compile-bytecode", *locks]
            console.call(sync, cwd=ROOT, advice=_AGAIN, env=uv_environment(python))
        else:  # a machine that uv has no wheel for
            pinned = [f"--requirement={lock}" for lock in locks]
            console.call([*_pip(python), "--require-hashes", *pinned], cwd=ROOT, advice=_AGAIN)
    with console.step("Installing Parley"):
        itself = ["--no-deps", "--no-build-isolation", "--editable", "."]
        command = [*installer, "install", "--quiet"] if installer else _pip(python)
        console.call([*command, *itself], cwd=ROOT, advice=_AGAIN, env=uv_environment(python) if installer else None)


def _pip(python: Path) -> list[str | Path]:
    return [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]


def _bring_uv(python: Path) -> list[str | Path]:
    """Install the pinned uv with pip. Return the command for `uv pip`; empty if uv has no wheel for this machine."""
    pins = (ROOT / LOCKS[0]).read_text(encoding="utf-8")
    pin = re.search(r"^uv==.*(?:\n +--hash=.*)+", pins, re.MULTILINE)
    if not pin:
        sys.exit(f"{LOCKS[0]} does not pin uv. Run: git checkout {LOCKS[0]}")
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder, "uv.txt")
        requirement.write_text(pin[0] + "\n", encoding="utf-8")
        output = console.failure(
            [*_pip(python), "--require-hashes", "--only-binary", "uv", "--requirement", requirement], cwd=ROOT
        )
    if output and failures.explain(output):
        sys.exit(f"{output}\n{failures.explain(output)}\n{_AGAIN}")
    return [] if output else [python, "-m", "uv", "pip"]


def uv_environment(python: Path) -> dict[str, str]:
    """Return uv's environment variables: its target, and pip's settings, which uv does not read but companies use."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], cwd=ROOT, capture_output=True, text=True, errors="replace"
    ).stdout
    # pip's order: variables before files, and there the section `install` before `global`.
    settings: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        settings.update(re.findall(rf"^{section}\.([\w-]+)=(['\"].*)$", listed, re.MULTILINE))
    # pip lists values as Python literals, with line breaks between several values.
    values = {pip: ast.literal_eval(written).replace("\n", " ") for pip, written in settings.items()}
    from_pip = {uv: values[pip] for pip, uv in _SETTINGS.items() if values.get(pip)}
    # UV_SYSTEM_PYTHON or UV_PYTHON from the machine would make uv empty another environment.
    target = {"VIRTUAL_ENV": str(ROOT / ".venv"), "UV_PYTHON": str(python), "UV_SYSTEM_PYTHON": "false"}
    return {**from_pip, **os.environ, **target, "UV_SYSTEM_CERTS": "true"}


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    python = ensure(for_development=True)
    if arguments:
        return subprocess.call([python, *arguments])
    print(f"The environment is ready: {python}")
    return 0


if __name__ == "__main__":
    console.run(main)
