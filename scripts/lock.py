"""Pins the dependencies.

    python3 scripts/lock.py [--upgrade | --check]

writes three files of packages and hashes, without an index:

    requirements.lock        to run Parley here, with every kind of database and sign-in, and the Playground
    requirements-dev.lock    what tests and checks add to it
    infra/requirements.txt   to run Parley on Azure
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import console
import environment
import failures

PYTHON = "{}.{}".format(*environment.OLDEST)

# The lock keeps extras: pip before 24 does not accept a pin of `coverage` for `coverage[toml]` once a newer release
# exists (pypa/pip#9644).
OPTIONS = ["--no-strip-extras", "--generate-hashes", "--universal", "--python-version", PYTHON]

# The extras that scripts/run.py installs.
RUN_EXTRAS = ["entra", "postgres", "scripts"]

DEV_HEAD = """\
# This file was written by the following command, for use together with requirements.lock:
#    python3 scripts/lock.py
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    choice.add_argument(
        "--check",
        action="store_true",
        help="change nothing; print a line for each direct dependency with a newer release within its range, and for "
        "each pinned version that was yanked. Exit code 1 if one was yanked",
    )
    options = parser.parse_args(arguments)
    python = environment.ensure()
    if options.check:
        return _check(python)
    with console.step(f"Pinning {' and '.join(environment.LOCKS)}"):
        _pin(python, ["--upgrade"] if options.upgrade else [])
    with console.step("Pinning infra/requirements.txt"):
        # Azure builds the package, so it needs the build backend.
        azure = ["-", "--extra", "entra", "--extra", "postgres", "--constraint", environment.LOCKS[0], "--no-annotate"]
        platform = ["--python-platform", "x86_64-manylinux_2_28"]
        common = [option for option in OPTIONS if option != "--universal"]
        _compile(python, "infra/requirements.txt", [*azure, *platform, *common], more="hatchling")
    return 0


def _pin(python: Path, upgrade: list[str]) -> None:
    """Pin all packages together, so that the two locks agree, then divide them."""
    run, dev = (environment.ROOT / name for name in environment.LOCKS)
    with tempfile.TemporaryDirectory() as folder:
        # uv keeps the versions that it finds in its output file.
        everything = Path(folder, "everything.txt")
        everything.write_text(_pins(), encoding="utf-8")
        _compile(python, str(everything), ["--all-extras", *OPTIONS, *upgrade])
        pins = everything.read_text(encoding="utf-8")
    run.write_text(pins, encoding="utf-8")
    _compile(python, run.name, [*(f"--extra={extra}" for extra in RUN_EXTRAS), *OPTIONS])
    shared = {pin for pin, _ in _blocks(run.read_text(encoding="utf-8"))}
    added = [pin + notes for pin, notes in _blocks(pins) if pin not in shared]
    dev.write_text("".join([DEV_HEAD, *added]), encoding="utf-8")


def _blocks(lock: str) -> list[tuple[str, str]]:
    """Return each pin with its hashes, and the notes below it."""
    return re.findall(r"^([\w.-]+(?:\[[^]]*\])?==.*\n(?:    --hash.*\n)*)((?:    #.*\n)*)", lock, re.MULTILINE)


def _pins() -> str:
    """Return both locks as one text."""
    files = [environment.ROOT / name for name in environment.LOCKS]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


def _check(python: Path) -> int:
    pinned = versions(_pins())
    with tempfile.TemporaryDirectory() as folder:
        newest = Path(folder, "newest.txt")
        _compile(python, str(newest), ["--all-extras", "--upgrade", *OPTIONS])
        newer = newest.read_text(encoding="utf-8")
        for name, version in versions(newer).items():
            if version != pinned.get(name) and _is_direct(newer, name):
                print(f"{name} {pinned.get(name, 'is not pinned')} -> {version}")
        # uv warns of yanked versions when it resolves them.
        pins = Path(folder, "pins.txt")
        pins.write_text("".join(f"{name}=={version}\n" for name, version in pinned.items()), encoding="utf-8")
        output = _uv_compile(python, [str(pins), "--no-deps", "--universal", "--python-version", PYTHON])
    yanked = re.findall(r"`([^`]+)==([^`]+)` is yanked(?: \(reason: \"(.*)\"\))?", output)
    for name, version, reason in yanked:
        print(f"{name} {version} was yanked" + (f": {reason}" if reason else ""))
    return 1 if yanked else 0


def versions(lock: str) -> dict[str, str]:
    """Return the pinned versions by the packages' names without extras."""
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^ \\\n]+)", lock, re.MULTILINE))


def _is_direct(lock: str, name: str) -> bool:
    """True if pyproject.toml lists the package, by the notes that uv writes below each pin."""
    notes = re.search(rf"^{re.escape(name)}(?:\[[^]]*\])?==.*\n((?: .*\n)*)", lock, re.MULTILINE)
    return bool(notes and "(pyproject.toml)" in notes[1])


def _compile(python: Path, output: str, options: list[str], more: str = "") -> None:
    common = ["--custom-compile-command", "python3 scripts/lock.py", "--output-file", output]
    _uv_compile(python, ["pyproject.toml", *options, *common, "--quiet"], more)


def _uv_compile(python: Path, arguments: list[str], more: str = "") -> str:
    """Run `uv pip compile`. Return its messages, or exit with them if it fails."""
    done = subprocess.run(
        [python, "-m", "uv", "pip", "compile", *arguments],
        cwd=environment.ROOT,
        env=environment.uv_environment(python),
        input=more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    if done.returncode:
        sys.exit(f"{done.stderr}\n{failures.explain(done.stderr)}".rstrip())
    return done.stderr


if __name__ == "__main__":
    console.run(main)
