"""Tests of the files for the Microsoft 365 Agents Toolkit with its command from npm, as far as it needs no account."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).parents[2]

TOOLKIT = "@microsoft/m365agentstoolkit-cli@1.1.17"

# Seconds: npm downloads 450 MB unless it has them in its cache, and a command takes about 3 s.
INSTALLATION, COMMAND = 600, 60

# The first test includes the installation.
pytestmark = [pytest.mark.process, pytest.mark.timeout(INSTALLATION + COMMAND)]

APP, BOT, TENANT = (f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "123")

Atk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def program() -> str:
    """The toolkit's command, installed by npx."""
    npx = shutil.which("npx")
    if npx is None:
        missing = "npx is missing: it comes with Node.js"
        if os.environ.get("PARLEY_REQUIRE_E2E") == "1":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    # Without install scripts: one compiles a keyring for logins, which no test needs.
    found = subprocess.run(
        [npx, "--yes", "--ignore-scripts", "--package", TOOLKIT, "--call", 'node -p "process.env.PATH"'],
        capture_output=True,
        encoding="utf-8",
        timeout=INSTALLATION,
    )
    assert found.returncode == 0, found.stderr
    atk = shutil.which("atk", path=found.stdout.strip())
    assert atk
    return atk


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the toolkit's files, because it writes beside them."""
    for folder in ("appPackage", "env"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("build", "*.user"))
    for file in REPOSITORY.glob("m365agents*.yml"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def atk(program: str, project: Path) -> Atk:
    """Runs commands of the toolkit in the copy, with the variables of a provisioned app."""
    provisioned = {
        "TEAMS_APP_ID": APP,
        "BOT_ID": BOT,
        "TEAMS_APP_TENANT_ID": TENANT,
        "SECRET_BOT_PASSWORD": "pass~word",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments, "--interactive", "false", "--telemetry", "false"],
            cwd=project,
            env={**os.environ, **provisioned},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=COMMAND,
        )

    return run


def test_the_toolkit_finds_nothing_wrong_with_the_manifest(atk: Atk) -> None:
    done = atk("validate", "--manifest-file", "appPackage/manifest.json", "--env", "dev")
    assert done.returncode == 0, done.stderr
    assert "All passed" in done.stdout


def test_the_toolkit_refuses_a_manifest_that_breaks_the_schema(atk: Atk, project: Path) -> None:
    manifest = project / "appPackage" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"accentColor"', '"accent"'), encoding="utf-8")
    done = atk("validate", "--manifest-file", "appPackage/manifest.json", "--env", "dev")
    assert done.returncode == 1
    assert "accent" in done.stderr


def test_the_toolkit_packs_the_app(atk: Atk, project: Path) -> None:
    done = atk("package", "--env", "dev")
    assert done.returncode == 0, done.stderr
    with ZipFile(project / "appPackage" / "build" / "appPackage.dev.zip") as package:
        assert sorted(package.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert f'"id": "{APP}"' in package.read("manifest.json").decode()


def test_a_run_in_teams_keeps_the_developers_own_settings(atk: Atk, project: Path) -> None:
    own = "# my key\nOPENAI_API_KEY='sk-mine'\n"
    (project / ".env").write_text(own, encoding="utf-8")
    done = atk("deploy", "--env", "local")
    assert done.returncode == 0, done.stderr
    assert (project / ".env").read_text(encoding="utf-8") == own
    assert (project / ".localConfigs").read_text(encoding="utf-8").splitlines() == [
        "PORT=3978",
        f"CLIENT_ID={BOT}",
        "CLIENT_SECRET=pass~word",
        f"TENANT_ID={TENANT}",
        "MANAGED_IDENTITY_CLIENT_ID=",
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS=false",
    ]
