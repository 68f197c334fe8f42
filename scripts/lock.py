"""Pins the dependencies anew, after a change in pyproject.toml or to take newer versions.

    python3 scripts/lock.py [--upgrade]

writes requirements.lock, which everything here is installed from, and infra/requirements.txt, the part of it that
the bot needs on Azure. Both name packages and hashes, and no index.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import console
import environment

PYTHON = "{}.{}".format(*environment.OLDEST)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    python = environment.ensure()
    with console.step("Pinning requirements.lock"):
        _compile(python, "requirements.lock", ["--all-extras", "--universal", *upgrade])
    with console.step("Pinning infra/requirements.txt"):
        # Azure builds the package itself, for which it needs the build backend.
        azure = ["-", "--extra", "entra", "--extra", "postgres", "--constraint", "requirements.lock", "--no-annotate"]
        platform = ["--python-platform", "x86_64-manylinux_2_28"]
        _compile(python, "infra/requirements.txt", [*azure, *platform], more="hatchling")


def _compile(python: Path, output: str, options: list[str], more: str = "") -> None:
    command = [python, "-m", "uv", "pip", "compile", "pyproject.toml", *options, "--python-version", PYTHON]
    common = ["--generate-hashes", "--custom-compile-command", "python3 scripts/lock.py", "--output-file", output]
    subprocess.run([*command, *common, "--quiet"], cwd=environment.ROOT, input=more, encoding="utf-8", check=True)


if __name__ == "__main__":
    console.run(main)
