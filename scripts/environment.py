"""Makes the environment that everything runs in: `.venv`, with exactly the packages that requirements.lock pins.

    python3 scripts/environment.py

Any Python from 3.9 on can start this; it looks for one that Parley runs on. When the environment is there and up to
date, this takes a fraction of a second. An environment that was never finished, was moved, or whose Python is gone
is made anew.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import console

ROOT = Path(__file__).resolve().parents[1]

OLDEST, TOO_NEW = (3, 12), (3, 15)

HOW_TO_GET_PYTHON = {
    "win32": "winget install Python.Python.3.13",
    "darwin": "brew install python@3.13",
    "linux": "sudo apt install python3 python3-venv, or where that is older: pyenv install 3.13",
}


class Interpreter(NamedTuple):
    """What a Python says of itself."""

    path: str
    version: tuple[int, int]
    has_ensurepip: bool

    @property
    def fits(self) -> bool:
        return OLDEST <= self.version < TOO_NEW

    def __str__(self) -> str:
        return "Python {}.{}".format(*self.version)


def ensure() -> Path:
    """Make the environment, or bring it up to date. Returns the path of its Python."""
    home = ROOT / ".venv"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = home / "parley-stamp.txt"
    installed = stamp.read_text(encoding="utf-8").split("\n") if stamp.is_file() else []
    interpreter = ask([str(python)])
    place = f"{ROOT}, {interpreter}"
    if installed == [place, _pins()]:
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
    # From here on the environment counts as unfinished, until it is stamped again.
    stamp.unlink(missing_ok=True)
    _install(python)
    stamp.write_text(f"{place}\n{_pins()}", encoding="utf-8")
    return python


def find_python() -> Interpreter:
    """The first Python that Parley runs on: the running one, else the newest on PATH."""
    found = [interpreter for command in _candidates() if (interpreter := ask(command)) and interpreter.fits]
    for interpreter in found:
        if interpreter.has_ensurepip:
            return interpreter
    if found:
        # Debian and its kin split this part of Python off.
        package = "python{}.{}-venv".format(*found[0].version)
        sys.exit(f"{found[0].path} cannot make environments: sudo apt install {package}, then run this again.")
    sys.exit(
        "Parley needs Python {}.{} or newer, below {}.{}, and none was found. ".format(*OLDEST, *TOO_NEW)
        + f"Get one ({HOW_TO_GET_PYTHON.get(sys.platform, HOW_TO_GET_PYTHON['linux'])}), then run this again."
    )


def ask(command: Sequence[str]) -> Interpreter | None:
    """Ask a Python what it is. None: there is no working Python behind that name (a shim of pyenv, an alias of the
    Windows store, a link into a Python that was removed)."""
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


def _pins() -> str:
    """What the environment is made from, as one short text."""
    made_from = [(ROOT / name).read_bytes() for name in ("requirements.lock", "pyproject.toml")]
    return hashlib.sha256(b"\0".join(made_from)).hexdigest()


def _install(python: Path) -> None:
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    again = f"The packages cannot be installed, see above. {console.CHECK_THE_NETWORK}"
    with console.step("Installing the packages that requirements.lock pins (a minute or two the first time)"):
        console.call([*pip, "--require-hashes", "--requirement", "requirements.lock"], cwd=ROOT, advice=again)
    with console.step("Installing Parley itself"):
        console.call([*pip, "--no-deps", "--no-build-isolation", "--editable", "."], cwd=ROOT, advice=again)


def main() -> None:
    print(f"The environment is ready: {ensure()}")


if __name__ == "__main__":
    console.run(main)
