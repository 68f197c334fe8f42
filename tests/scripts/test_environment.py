import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import UV, program

import environment

pytestmark = pytest.mark.process

Python = Callable[..., Path]

# A Python that answers the questions it is asked, and writes down what it is told to do.
PYTHON = """
case "$2" in
    venv) echo venv >> told; command -p rm -rf "$4"; command -p mkdir -p "$4/bin"; command -p cp "$0" "$4/bin/python" ;;
    pip|uv)
        shift; if [ "$1 $2" = "pip config" ]; then command -p cat pip.conf 2>&-; exit 0; fi
        echo "$*" >> told; echo "$UV_DEFAULT_INDEX" > variables
        if [ -e "$1-fails" ]; then command -p cat "$1-fails"; exit 1; fi ;;
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
    """The commands of the Pythons since the last call, each by its first two words."""
    file = repository / "told"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return [" ".join(line.split()[:2]) for line in lines]


def test_the_running_python_is_taken_when_it_fits(python: Python, monkeypatch: pytest.MonkeyPatch) -> None:
    python("python3.14", "3.14")
    running = python("running", "3.12")
    monkeypatch.setattr(sys, "executable", str(running))
    assert environment.find_python().path == str(running)


def test_the_newest_python_on_path_is_taken_otherwise(python: Python) -> None:
    python("python3", "3.12")
    python("python3.12", "3.12")
    newest = python("python3.13", "3.13")
    assert environment.find_python().path == str(newest)


@pytest.mark.parametrize("version", ["2.7", "3.11", "3.15", "4.0"])
def test_a_python_that_does_not_fit_is_passed_over(python: Python, version: str) -> None:
    python("python3", version)
    fitting = python("python", "3.12")
    assert environment.find_python().path == str(fitting)


@pytest.mark.parametrize("shell", ["echo 'pyenv: python3.14: command not found' >&2; exit 127", "echo hello", ":"])
def test_a_name_with_no_working_python_behind_it_is_passed_over(python: Python, repository: Path, shell: str) -> None:
    program(repository / "bin/python3.14", shell)
    fitting = python("python3", "3.13")
    assert environment.find_python().path == str(fitting)


def test_where_no_python_fits_the_error_says_how_to_get_one(python: Python) -> None:
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


def test_the_first_run_installs_by_uv_what_is_pinned(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    assert environment.ensure() == repository / ".venv" / "bin" / "python"
    venv, pip, sync, itself = (repository / "told").read_text(encoding="utf-8").splitlines()
    assert venv == "venv"
    assert pip.startswith("pip install") and "--require-hashes --only-binary uv --requirement" in pip
    assert sync == "uv pip sync --require-hashes --compile-bytecode requirements.lock"
    assert itself == "uv pip install --quiet --no-deps --no-build-isolation --editable ."


def test_development_adds_its_packages_and_keeps_them(
    python: Python, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python("python3", "3.13")
    environment.ensure()
    (repository / "told").unlink()
    environment.ensure(for_development=True)
    _, sync, _ = (repository / "told").read_text(encoding="utf-8").splitlines()
    assert sync == "uv pip sync --require-hashes --compile-bytecode requirements.lock requirements-dev.lock"
    assert "the packages that requirements.lock and requirements-dev.lock pin ..." in capsys.readouterr().out

    told(repository)
    environment.ensure()
    environment.ensure(for_development=True)
    assert told(repository) == []

    (repository / "requirements.lock").write_text(f"# changed\n{UV}", encoding="utf-8")
    environment.ensure()
    _, sync, _ = (repository / "told").read_text(encoding="utf-8").splitlines()
    assert sync.endswith("requirements.lock requirements-dev.lock")


def test_running_is_not_concerned_by_changed_development_pins(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    environment.ensure()
    told(repository)
    (repository / "requirements-dev.lock").write_text("# changed\n", encoding="utf-8")
    environment.ensure()
    assert told(repository) == []


def test_pip_installs_where_uv_has_no_wheel(python: Python, repository: Path) -> None:
    fallback = 'case "$*" in *only-binary*) echo "No matching distribution found for uv==1.0"; exit 1 ;; esac\n'
    program(repository / "bin/python3", fallback + PYTHON.format(version="3 13", ensurepip="present"))
    environment.ensure()
    venv, lock, itself = (repository / "told").read_text(encoding="utf-8").splitlines()
    assert venv == "venv"
    assert lock.startswith("pip install") and lock.endswith("--require-hashes --requirement=requirements.lock")
    assert itself.startswith("pip install") and itself.endswith("--no-deps --no-build-isolation --editable .")


def test_uv_takes_the_index_that_pip_is_set_up_with(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    (repository / "pip.conf").write_text("global.index-url='https://mirror.example.com/simple'\n", encoding="utf-8")
    environment.ensure()
    assert (repository / "variables").read_text(encoding="utf-8") == "https://mirror.example.com/simple\n"


def test_uv_prefers_pips_variables_to_pips_files(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    listed = (
        ":env:.index-url='https://variable.example.com'\n"
        "global.index-url='https://file.example.com'\n"
        "install.index-url='https://install.example.com'\n"
    )
    (repository / "pip.conf").write_text(listed, encoding="utf-8")
    environment.ensure()
    assert (repository / "variables").read_text(encoding="utf-8") == "https://variable.example.com\n"


def test_uv_reads_the_values_that_pip_lists(python: Python, repository: Path) -> None:
    (repository / "pip.conf").write_text(
        "global.cert='C:\\\\certs\\\\ca.pem'\n"
        "global.trusted-host='a.example.com\\nb.example.com'\n"
        'install.proxy="http://ada:it\'s@proxy"\n',
        encoding="utf-8",
    )
    variables = environment.uv_environment(python("python3", "3.13"))
    assert variables["SSL_CERT_FILE"] == r"C:\certs\ca.pem"
    assert variables["UV_INSECURE_HOST"] == "a.example.com b.example.com"
    assert variables["ALL_PROXY"] == "http://ada:it's@proxy"


def test_uv_changes_no_other_environment(python: Python, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    monkeypatch.setenv("UV_PYTHON", "/usr/bin/python3")
    ours = python("python3", "3.13")
    variables = environment.uv_environment(ours)
    assert variables["UV_SYSTEM_PYTHON"] == "false" and variables["UV_PYTHON"] == str(ours)


def test_a_lock_without_uv_is_named(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    (repository / "requirements.lock").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"requirements\.lock does not pin uv"):
        environment.ensure()


def test_arguments_run_the_python_of_the_environment(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    environment.ensure(for_development=True)
    program(repository / ".venv/bin/python", 'if [ "$1" = -c ]; then printf "%s\\n" "$0" 3 13 present; else exit 7; fi')
    assert environment.main(["-m", "ruff", "check"]) == 7


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
    (repository / name).write_text(f"# changed\n{UV}", encoding="utf-8")
    environment.ensure()
    assert told(repository) == ["pip install", "uv pip", "uv pip"]
    environment.ensure()
    assert told(repository) == []


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_failed_installation_says_why_and_is_made_anew(python: Python, repository: Path, installer: str) -> None:
    python("python3", "3.13")
    (repository / f"{installer}-fails").write_text("Connection refused\n", encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        environment.ensure()
    shown, cause, again = str(end.value).replace("\n\n", "\n").split("\n")
    assert shown == "Connection refused" and cause.startswith("The server with the packages cannot be reached.")
    assert again == "The packages are not installed. Fix this, then run the script again."
    (repository / f"{installer}-fails").unlink()
    told(repository)
    environment.ensure()
    assert told(repository) == ["venv", "pip install", "uv pip", "uv pip"]


def test_a_failed_update_is_made_anew_the_next_time(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    environment.ensure()
    (repository / "requirements.lock").write_text(f"# changed\n{UV}", encoding="utf-8")
    (repository / "uv-fails").write_text("?\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        environment.ensure()
    (repository / "uv-fails").unlink()
    (repository / "requirements.lock").write_text(f"# requirements.lock\n{UV}", encoding="utf-8")
    told(repository)
    environment.ensure()
    assert told(repository) == ["venv", "pip install", "uv pip", "uv pip"]


def test_an_environment_whose_python_is_gone_is_made_anew(python: Python, repository: Path) -> None:
    python("python3", "3.13")
    environment.ensure().unlink()
    told(repository)
    environment.ensure()
    assert told(repository) == ["venv", "pip install", "uv pip", "uv pip"]


def test_an_environment_that_came_from_elsewhere_is_made_anew(
    python: Python, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python("python3", "3.13")
    environment.ensure()
    elsewhere = repository / "elsewhere"
    elsewhere.mkdir()
    for name in (*environment.LOCKS, "pyproject.toml", ".venv"):
        shutil.move(repository / name, elsewhere)
    monkeypatch.setattr(environment, "ROOT", elsewhere)
    environment.ensure()
    assert told(elsewhere) == ["venv", "pip install", "uv pip", "uv pip"]
