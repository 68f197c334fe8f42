import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import program

import environment

Python = Callable[..., Path]

# A Python that answers the questions it is asked, and writes down what it is told to do.
PYTHON = """
case "$2" in
    venv) echo venv >> told; command -p rm -rf "$4"; command -p mkdir -p "$4/bin"; command -p cp "$0" "$4/bin/python" ;;
    pip) shift 2; echo "pip $*" >> told; if [ -e offline ]; then echo "no route to the index"; exit 1; fi ;;
    *) printf '%s\\n' "$0" {version} {ensurepip} ;;
esac
"""


@pytest.fixture
def python(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Python:
    """Puts a Python on a PATH that holds no other; the one that runs the tests does not count either."""
    monkeypatch.setenv("PATH", str(repository / "bin"))
    monkeypatch.setattr(sys, "executable", "")

    def make(name: str, version: str, ensurepip: str = "present") -> Path:
        return program(repository / "bin" / name, PYTHON.format(version=version.replace(".", " "), ensurepip=ensurepip))

    return make


def told(repository: Path) -> list[str]:
    """What the Pythons were told to do since the last time this was asked, each by its first two words."""
    file = repository / "told"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return [" ".join(line.split()[:2]) for line in lines]


def test_the_running_python_is_taken_when_it_fits(python: Python, monkeypatch: pytest.MonkeyPatch) -> None:
    python("python3.14", "3.14")
    running = python("running", "3.12")
    monkeypatch.setattr(sys, "executable", str(running))
    assert environment.find_python().path == str(running)


def test_the_newest_python_on_the_path_is_the_second_choice(python: Python) -> None:
    python("python3", "3.12")
    python("python3.12", "3.12")
    newest = python("python3.13", "3.13")
    assert environment.find_python().path == str(newest)


@pytest.mark.parametrize("version", ["2.7", "3.11", "3.15", "4.0"])
def test_a_python_that_does_not_fit_is_skipped(python: Python, version: str) -> None:
    python("python3", version)
    fitting = python("python", "3.12")
    assert environment.find_python().path == str(fitting)


@pytest.mark.parametrize("shell", ["echo 'pyenv: python3.14: command not found' >&2; exit 127", "echo hello", ":"])
def test_a_broken_python_is_skipped(python: Python, repository: Path, shell: str) -> None:
    program(repository / "bin/python3.14", shell)
    fitting = python("python3", "3.13")
    assert environment.find_python().path == str(fitting)


def test_an_error_explains_how_to_get_a_fitting_python(python: Python) -> None:
    python("python3", "3.11")
    with pytest.raises(
        SystemExit, match=r"needs Python 3\.12 or newer.*Get one \(\w+ .*\), then run this again"
    ) as end:
        environment.find_python()
    assert environment.HOW_TO_GET_PYTHON[sys.platform] in str(end.value)


def test_a_python_without_ensurepip_is_the_last_choice(python: Python) -> None:
    python("python3.13", "3.13", ensurepip="None")
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.13-venv"):
        environment.find_python()
    complete = python("python3.12", "3.12")
    assert environment.find_python().path == str(complete)


def test_the_first_run_creates_the_environment_with_hashes(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    assert environment.ensure() == repository / ".venv" / "bin" / "python"
    commands = (repository / "told").read_text(encoding="utf-8").splitlines()
    assert commands[0] == "venv"
    assert commands[1].startswith("pip install") and commands[1].endswith(
        "--require-hashes --requirement requirements.lock"
    )
    assert commands[2].endswith("--no-deps --no-build-isolation --editable .")


def test_the_second_run_has_nothing_to_do(python: Python, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python("python3", "3.13")
    environment.ensure()
    told(repository)
    capsys.readouterr()
    environment.ensure()
    assert told(repository) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_changed_pins_are_installed_into_the_same_environment(python: Python, repository: Path, name: str) -> None:
    python("python3", "3.13")
    environment.ensure()
    told(repository)
    (repository / name).write_text("# changed\n", encoding="utf-8")
    environment.ensure()
    assert told(repository) == ["pip install", "pip install"]
    environment.ensure()
    assert told(repository) == []


def test_a_failed_installation_is_shown_and_repeated_later(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    (repository / "offline").touch()
    with pytest.raises(
        SystemExit, match=r"no route to the index\n\nThe packages cannot be installed.*Check the network"
    ):
        environment.ensure()
    (repository / "offline").unlink()
    told(repository)
    environment.ensure()
    assert told(repository) == ["venv", "pip install", "pip install"]


def test_a_failed_update_is_repeated_the_next_time(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    environment.ensure()
    (repository / "requirements.lock").write_text("# changed\n", encoding="utf-8")
    (repository / "offline").touch()
    with pytest.raises(SystemExit):
        environment.ensure()
    (repository / "offline").unlink()
    (repository / "requirements.lock").write_text("# requirements.lock\n", encoding="utf-8")
    told(repository)
    environment.ensure()
    assert told(repository) == ["venv", "pip install", "pip install"]


def test_an_environment_without_its_python_is_recreated(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    environment.ensure().unlink()
    told(repository)
    environment.ensure()
    assert told(repository) == ["venv", "pip install", "pip install"]


def test_an_environment_that_was_copied_is_recreated(
    python: Python, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python("python3", "3.13")
    environment.ensure()
    elsewhere = repository / "elsewhere"
    elsewhere.mkdir()
    for name in ("requirements.lock", "pyproject.toml", ".venv"):
        shutil.move(repository / name, elsewhere)
    monkeypatch.setattr(environment, "ROOT", elsewhere)
    environment.ensure()
    assert told(elsewhere) == ["venv", "pip install", "pip install"]
