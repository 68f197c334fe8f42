"""Fixtures for the tests of scripts."""

import sys
from pathlib import Path

import pytest
from programs import UV

import environment

# These tests need a POSIX shell and its signals.
collect_ignore_glob = ["test_*.py"] if sys.platform == "win32" else []


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory on which the scripts work instead of the real repository."""
    for name in (*environment.LOCKS, "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\n{UV}", encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    return tmp_path
