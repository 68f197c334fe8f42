"""Pins the dependencies.

    python3 scripts/lock.py [--upgrade | --check]

writes requirements.lock, and infra/requirements.txt with the part that the bot needs on Azure. Both have packages and
hashes, and no index.
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
    upgrade = ["--upgrade"] if options.upgrade else []
    with console.step("Pinning requirements.lock"):
        _compile(python, "requirements.lock", ["--all-extras", *OPTIONS, *upgrade])
    with console.step("Pinning infra/requirements.txt"):
        # Azure builds the package, so it needs the build backend.
        azure = ["-", "--extra", "entra", "--extra", "postgres", "--constraint", "requirements.lock", "--no-annotate"]
        platform = ["--python-platform", "x86_64-manylinux_2_28"]
        common = [option for option in OPTIONS if option != "--universal"]
        _compile(python, "infra/requirements.txt", [*azure, *platform, *common], more="hatchling")
    return 0


def _check(python: Path) -> int:
    pinned = versions((environment.ROOT / "requirements.lock").read_text(encoding="utf-8"))
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
