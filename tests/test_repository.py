"""The files around the code: one version everywhere, and workflows that call nothing but scripts of the repository."""

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
from packaging.specifiers import SpecifierSet

from parley.__main__ import main

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_manifest_has_the_version_of_the_project():
    manifest = json.loads((ROOT / "appPackage/manifest.json").read_text(encoding="utf-8"))

    assert manifest["version"] == PROJECT["version"]


def test_the_command_prints_the_version_of_the_project(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out == f"parley {PROJECT['version']}\n"


def test_the_changelog_begins_with_the_version_of_the_project():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == PROJECT["version"]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", ".github/workflows/*.yml"),
        ("dependabot", ".github/dependabot.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_the_files_for_github_fit_their_schemas(schema: str, files: str):
    paths = [str(path) for path in ROOT.glob(files)]
    assert paths

    with pytest.raises(SystemExit) as end:
        check_jsonschema.main(["--builtin-schema", f"vendor.{schema}", *paths])

    assert end.value.code == 0


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_pins_its_actions_and_may_only_read(workflow: Path):
    text = workflow.read_text(encoding="utf-8")
    actions = re.findall(r"uses: (.*)", text)

    assert actions and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action) for action in actions)
    assert re.findall(r"^ *permissions:\n((?: +.*\n)+)", text, re.MULTILINE) == ["  contents: read\n"]
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    assert text.count("runs-on:") == text.count("timeout-minutes:")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_scripts_of_the_repository(workflow: Path):
    commands = re.findall(r"run: (.*)", workflow.read_text(encoding="utf-8"))

    assert commands and all((ROOT / command.split()[1]).is_file() for command in commands)


def test_the_checks_run_on_every_supported_python():
    [listed] = re.findall(r"^ +python: (\[.*\])$", (ROOT / ".github/workflows/checks.yml").read_text(), re.MULTILINE)
    supported = SpecifierSet(PROJECT["requires-python"])

    assert ast.literal_eval(listed) == [python for minor in range(100) if (python := f"3.{minor}") in supported]
