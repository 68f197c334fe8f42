"""The check of the pinned versions, by the real uv against an index of the test's own."""

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from programs import wheel

import environment
import lock

pytestmark = pytest.mark.process


class Index:
    """An index of packages on this machine, as PEP 503 and PEP 592 have it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def release(self, name: str, version: str, *metadata: str, yanked: str | None = None) -> None:
        project = self._folder / name
        project.mkdir(exist_ok=True)
        attribute = f' data-yanked="{yanked}"' if yanked is not None else ""
        file = wheel(project, name, version, *metadata)
        with (project / "index.html").open("a", encoding="utf-8") as page:
            page.write(f'<a href="{file}"{attribute}>{file}</a>\n')


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    folder = tmp_path / "index"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        yield Index(folder)
        server.shutdown()


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Index) -> Path:
    """A repository that depends on `direct`, below version 2, and through it on `indirect`; returns its lock."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "small"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["direct[more]>=1,<2"]\n'
    )
    index.release("indirect", "1.0")
    index.release("direct", "1.0", "Provides-Extra: more", "Requires-Dist: indirect; extra == 'more'")
    pinned = tmp_path / "requirements.lock"
    pinned.write_text("direct[more]==1.0\n    # via small (pyproject.toml)\nindirect==1.0\n    # via direct\n")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "ensure", lambda **_: Path(sys.executable))
    return pinned


def test_a_lock_that_is_up_to_date_needs_no_line(pinned: Path, capfd: pytest.CaptureFixture[str]):
    assert lock.main(["--check"]) == 0
    assert capfd.readouterr().out == ""


def test_a_newer_release_of_a_direct_dependency_is_named(index: Index, pinned: Path, capfd: pytest.CaptureFixture[str]):
    for version in ("1.1", "2.0"):
        index.release("direct", version, "Provides-Extra: more", "Requires-Dist: indirect; extra == 'more'")
    index.release("indirect", "1.1")
    before = pinned.read_text()

    assert lock.main(["--check"]) == 0
    assert capfd.readouterr().out == "direct 1.0 -> 1.1\n"
    assert pinned.read_text() == before


def test_a_yanked_version_is_named_with_the_reason(index: Index, pinned: Path, capfd: pytest.CaptureFixture[str]):
    index.release("odd", "1.0", yanked="it deletes files")
    pinned.write_text(pinned.read_text() + "odd==1.0\n    # via direct\n")

    assert lock.main(["--check"]) == 1
    assert capfd.readouterr().out == "odd 1.0 was yanked: it deletes files\n"


def test_a_dependency_that_does_not_exist_is_named(index: Index, pinned: Path):
    (pinned.parent / "pyproject.toml").write_text(
        '[project]\nname = "small"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["missing"]\n'
    )

    with pytest.raises(SystemExit, match="missing was not found"):
        lock.main(["--check"])


def test_what_only_development_needs_is_pinned_apart(index: Index, pinned: Path):
    root = pinned.parent
    extras = "\n".join(f"{extra} = []" for extra in lock.RUN_EXTRAS)
    with (root / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write(f'[project.optional-dependencies]\n{extras}\ndev = ["checker"]\n')
    (root / "infra").mkdir()
    index.release("indirect", "1.1")
    for name in ("checker", "hatchling"):
        index.release(name, "1.0", "Requires-Dist: indirect")

    assert lock.main([]) == 0

    run, dev, azure = (
        lock.versions((root / name).read_text(encoding="utf-8"))
        for name in (*environment.LOCKS, "infra/requirements.txt")
    )
    assert (run, dev) == ({"direct": "1.0", "indirect": "1.0"}, {"checker": "1.0"})
    assert azure == run | {"hatchling": "1.0"}
