"""The Teams app: manifest, icons, package, and the files for the Agents Toolkit."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image, ImageChops

import icons
import playground
from parley.handlers.commands import COMMANDS
from parley.settings import Settings

REPOSITORY = Path(__file__).parents[1]
APP_PACKAGE = REPOSITORY / "appPackage"
TOOLKIT_FILES = ["m365agents.yml", "m365agents.local.yml", "m365agents.playground.yml"]

APP, BOT = (f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "12")


def read(path: str) -> str:
    return (REPOSITORY / path).read_text(encoding="utf-8")


def variables(text: str, block: str) -> dict[str, str]:
    """The scalars under the line `block:` of a YAML file, empty ones as empty texts."""
    _, lines = re.findall(rf"^( *){block}:\n((?:\1 +\S.*\n)+)", text, re.MULTILINE)[-1]
    pairs = (line.strip().split(": ", 1) for line in lines.splitlines())
    return {name: value.strip('"') for name, value in pairs}


@pytest.fixture
def manifest() -> dict[str, Any]:
    return json.loads(read("appPackage/manifest.json"))


@pytest.fixture
def command_lists(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return manifest["bots"][0]["commandLists"]


# The manifest. The limits are those of schema 1.30; that short and full differ is a rule of the Store.


def test_the_manifest_conforms_to_the_schema_that_it_names(manifest: dict[str, Any]) -> None:
    assert manifest["$schema"].endswith(f"/v{manifest['manifestVersion']}/MicrosoftTeams.schema.json")


def test_the_ids_are_placeholders(manifest: dict[str, Any]) -> None:
    assert manifest["id"] == "${{TEAMS_APP_ID}}"
    assert [bot["botId"] for bot in manifest["bots"]] == ["${{BOT_ID}}"]


def test_the_bot_can_be_used_alone_in_teams_and_in_group_chats(manifest: dict[str, Any]) -> None:
    assert manifest["bots"][0]["scopes"] == ["personal", "team", "groupChat"]
    assert manifest["bots"][0]["supportsFiles"] is True


def test_the_longest_name_of_the_app_fits(manifest: dict[str, Any]) -> None:
    suffix = variables(read("m365agents.local.yml").partition("\ndeploy:")[0], "envs")["APP_NAME_SUFFIX"]
    assert len(manifest["name"]["short"].replace("${{APP_NAME_SUFFIX}}", suffix)) <= 30
    assert len(manifest["name"]["full"]) <= 100


def test_the_descriptions_and_the_developers_name_fit(manifest: dict[str, Any]) -> None:
    assert len(manifest["description"]["short"]) <= 80
    assert len(manifest["description"]["full"]) <= 4000
    assert len(manifest["developer"]["name"]) <= 32


@pytest.mark.parametrize("text", ["name", "description"])
def test_the_short_and_the_full_description_differ(manifest: dict[str, Any], text: str) -> None:
    assert manifest[text]["short"] != manifest[text]["full"]


def test_every_scope_offers_prompt_starters(manifest: dict[str, Any], command_lists: list[dict[str, Any]]) -> None:
    assert len(command_lists) <= 3
    offered = [scope for commands in command_lists for scope in commands["scopes"]]
    assert sorted(offered) == sorted(manifest["bots"][0]["scopes"])
    assert all(1 < len(commands["commands"]) <= 12 for commands in command_lists)


def test_every_prompt_starter_has_a_title_and_a_prompt_that_fit(command_lists: list[dict[str, Any]]) -> None:
    for commands in command_lists:
        starters = [command for command in commands["commands"] if command["type"] == "prompt"]
        assert starters
        assert all(0 < len(starter["title"]) <= 128 and 0 < len(starter["prompt"]) <= 4000 for starter in starters)


def test_every_scope_offers_the_commands_that_the_bot_knows(command_lists: list[dict[str, Any]]) -> None:
    for commands in command_lists:
        assert [command["title"] for command in commands["commands"] if command["type"] == "basic"] == list(COMMANDS)


# The icons: https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons


def test_the_manifest_names_the_existing_icons(manifest: dict[str, Any]) -> None:
    assert all((APP_PACKAGE / name).is_file() for name in manifest["icons"].values())


def test_the_colour_icon_has_the_size_and_padding_of_teams(manifest: dict[str, Any]) -> None:
    with Image.open(APP_PACKAGE / "color.png") as icon:
        background = Image.new("RGB", (192, 192), manifest["accentColor"])
        assert (icon.size, icon.mode) == ((192, 192), "RGB")
        assert ImageChops.difference(icon, background).getbbox() == (48, 48, 144, 144)


def test_the_outline_icon_is_only_white_and_transparent() -> None:
    with Image.open(APP_PACKAGE / "outline.png") as icon:
        assert (icon.size, icon.mode) == ((32, 32), "RGBA")
        *colours, alpha = icon.split()
        assert [colour.getextrema() for colour in colours] == [(255, 255)] * 3
        assert alpha.getextrema() == (0, 255)


def test_the_outline_icon_has_no_padding() -> None:
    with Image.open(APP_PACKAGE / "outline.png") as icon:
        assert icon.getchannel("A").getbbox() == (0, 0, 32, 32)


@pytest.mark.parametrize(("name", "draw"), [("color.png", icons.color_icon), ("outline.png", icons.outline_icon)])
def test_the_icons_match_their_script(name: str, draw: Callable[[], Image.Image]) -> None:
    with Image.open(APP_PACKAGE / name) as icon:
        differences = ImageChops.difference(icon, draw()).tobytes()
    # Processors round the edges differently.
    assert max(differences) < 8


# The package, made by the command line of scripts/package.py in a new repository.


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    shutil.copytree(APP_PACKAGE, tmp_path / "appPackage", ignore=shutil.ignore_patterns("build"))
    (tmp_path / "scripts").mkdir()
    for script in ("package.py", "console.py", "failures.py"):
        shutil.copy(REPOSITORY / "scripts" / script, tmp_path / "scripts")
    return tmp_path


Package = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def package(repository: Path) -> Package:
    """Runs the script; keyword arguments are environment variables."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        ids = ("TEAMS_APP_ID", "BOT_ID", "CLIENT_ID", "APP_NAME_SUFFIX")
        inherited = {name: value for name, value in os.environ.items() if name not in ids}
        return subprocess.run(
            [sys.executable, repository / "scripts" / "package.py", *arguments],
            env={**inherited, **environment},
            capture_output=True,
            encoding="utf-8",
        )

    return run


def packed(repository: Path) -> dict[str, Any]:
    """The manifest in the package."""
    with ZipFile(repository / "build" / "parley.zip") as zipped:
        return json.loads(zipped.read("manifest.json"))


def ids(manifest: dict[str, Any]) -> tuple[str, str]:
    return manifest["id"], manifest["bots"][0]["botId"]


def test_the_package_holds_the_filled_manifest_and_the_icons(package: Package, repository: Path) -> None:
    done = package("--app-id", APP, "--bot-id", BOT)
    assert (done.returncode, done.stderr) == (0, "")
    with ZipFile(repository / "build" / "parley.zip") as zipped:
        assert zipped.namelist() == ["color.png", "manifest.json", "outline.png"]
        assert "${{" not in zipped.read("manifest.json").decode()
        for name in ("color.png", "outline.png"):
            assert zipped.read(name) == (APP_PACKAGE / name).read_bytes()
    assert ids(packed(repository)) == (APP, BOT)
    assert packed(repository)["name"]["short"] == "Parley"


def test_the_packing_script_shows_the_path_and_the_next_step(package: Package, repository: Path) -> None:
    out = repository / "elsewhere" / "my.zip"
    done = package("--app-id", APP, "--out", str(out))
    assert out.is_file()
    assert str(out) in done.stdout
    assert "Upload an app" in done.stdout


def test_the_same_files_make_the_same_package(package: Package, repository: Path) -> None:
    package("--app-id", APP, "--out", str(repository / "one.zip"))
    for name in ("manifest.json", "color.png"):
        os.utime(repository / "appPackage" / name, (0, 1_000_000_000))
    package("--app-id", APP, "--out", str(repository / "two.zip"))
    assert (repository / "one.zip").read_bytes() == (repository / "two.zip").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["--app-id", APP], {}, (APP, APP)),
        (["--app-id", APP], {"CLIENT_ID": BOT}, (APP, BOT)),
        ([], {"CLIENT_ID": BOT}, (BOT, BOT)),
        ([], {"CLIENT_ID": BOT, "TEAMS_APP_ID": APP}, (APP, BOT)),
        (["--app-id", APP, "--bot-id", APP], {"CLIENT_ID": BOT}, (APP, APP)),
    ],
)
def test_flags_win_over_the_environment(
    package: Package, repository: Path, arguments: list[str], environment: dict[str, str], expected: tuple[str, str]
) -> None:
    assert package(*arguments, **environment).returncode == 0
    assert ids(packed(repository)) == expected


def test_ids_are_found_in_the_env_file(package: Package, repository: Path) -> None:
    (repository / ".env").write_text(f"# mine\nTEAMS_APP_ID='{APP}'\nexport CLIENT_ID={BOT} # bot\n", encoding="utf-8")
    assert package().returncode == 0
    assert ids(packed(repository)) == (APP, BOT)


def write(path: str, content: str | bytes) -> Callable[[Path], object]:
    data = content.encode() if isinstance(content, str) else content
    return lambda repository: (repository / path).write_bytes(data)


@pytest.mark.parametrize(
    ("arguments", "break_it", "said"),
    [
        ([], lambda repository: None, "give --app-id"),
        (["--app-id", "parley"], lambda repository: None, "'parley' is not a GUID"),
        (["--app-id", APP, "--bot-id", BOT[:-1]], lambda repository: None, "is not a GUID"),
        (["--app-id", APP], write("appPackage/manifest.json", '{"id": "${{SURPRISE}}"}'), "SURPRISE"),
        (["--app-id", APP], write("appPackage/manifest.json", "{"), "is not JSON"),
        (["--app-id", APP], lambda repository: (repository / "appPackage/color.png").unlink(), "cannot be read"),
        (["--app-id", APP], write("appPackage/color.png", "picture"), "no PNG"),
        (
            ["--app-id", APP],
            write("appPackage/outline.png", (APP_PACKAGE / "color.png").read_bytes()),
            "192x192 pixels: expected a PNG of 32x32",
        ),
        (["--app-id", APP], write("build", "in the way"), "cannot be written"),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(
    package: Package, repository: Path, arguments: list[str], break_it: Callable[[Path], object], said: str
) -> None:
    break_it(repository)
    done = package(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(repository.rglob("*.zip"))


# The files for the Agents Toolkit and Visual Studio Code.


@pytest.mark.parametrize("file", TOOLKIT_FILES)
def test_the_toolkit_files_refer_to_files_that_exist(file: str) -> None:
    made = ("./appPackage/build", "./devTools/", "./.localConfigs", "./env/.env.local")
    named = re.findall(r": (\.\S+)$", read(file), re.MULTILINE)
    missing = [path for path in named if not path.startswith(made) and not (REPOSITORY / path).exists()]
    assert named
    assert not missing


def test_everything_that_the_editor_starts_is_defined() -> None:
    launch, tasks = json.loads(read(".vscode/launch.json")), json.loads(read(".vscode/tasks.json"))["tasks"]
    configurations = {configuration["name"]: configuration for configuration in launch["configurations"]}
    labels = {task["label"] for task in tasks}
    for compound in launch["compounds"]:
        assert configurations.keys() >= set(compound["configurations"])
        assert compound["preLaunchTask"] in labels
    for configuration in configurations.values():
        assert configurations.keys() >= set(configuration.get("cascadeTerminateToConfigurations", []))
        assert configuration.get("serverReadyAction", configuration)["name"] in configurations
    for task in tasks:
        assert labels >= set(task.get("dependsOn", []))
        if task.get("type") == "process":
            assert (REPOSITORY / task["args"][0].removeprefix("${workspaceFolder}/")).is_file()


def test_a_playground_run_overrides_the_developers_settings() -> None:
    configurations = json.loads(read(".vscode/launch.json"))["configurations"]
    (given,) = (configuration["env"] for configuration in configurations if "env" in configuration)
    own = {
        "CLIENT_ID": BOT,
        "CLIENT_SECRET": "secret",
        "TENANT_ID": APP,
        "MANAGED_IDENTITY_CLIENT_ID": BOT,
        "PORT": "1",
    }
    settings = Settings.load({**own, **given})
    assert settings.dangerously_allow_unauthenticated_requests
    assert settings.port == 3978


def test_a_teams_run_overrides_the_developers_settings() -> None:
    given = variables(read("m365agents.local.yml"), "envs")
    own = {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true", "MANAGED_IDENTITY_CLIENT_ID": "system", "PORT": "1"}
    settings = Settings.load({**own, **given, "CLIENT_ID": given["CLIENT_ID"].replace("${{BOT_ID}}", BOT)})
    assert settings.client_id == BOT
    assert settings.managed_identity_client_id is None
    assert settings.port == 3978


def test_toolkit_and_scripts_install_the_same_playground() -> None:
    assert variables(read("m365agents.playground.yml"), "testTool")["version"] == playground.VERSION


def test_azure_sets_only_settings_that_the_bot_knows() -> None:
    given = json.loads(read("infra/azure.parameters.json"))["parameters"]["settings"]["value"]
    known = {name.upper() for name in Settings.model_fields}
    assert known >= given.keys()
    # What the platform and azure-identity read.
    assert set(re.findall(r"^  ([A-Z_]+):", read("infra/azure.bicep"), re.MULTILINE)) - known == {
        "SCM_DO_BUILD_DURING_DEPLOYMENT",
        "CUSTOM_REQUIREMENTSTXT_PATH",
        "POST_BUILD_COMMAND",
        "AZURE_CLIENT_ID",
    }


def pins(path: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes of each package in a lock."""
    blocks = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)(.*(?:\n +--hash=.*)+)", read(path), re.MULTILINE)
    return {name: (version, frozenset(re.findall(r"sha256:\w+", hashes))) for name, version, hashes in blocks}


def test_azure_installs_the_locked_versions() -> None:
    installed, locked = pins("infra/requirements.txt"), pins("requirements.lock")
    assert {name: locked.get(name) for name in installed} == installed


def test_azure_installs_only_the_packages_that_parley_needs() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    extras = project["project"]["optional-dependencies"]
    listed = [*project["project"]["dependencies"], *extras["entra"], *project["build-system"]["requires"]]
    needed = [requirement for requirement in listed if "win32" not in requirement]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=~!; ]", requirement)[0].lower() for requirement in requirements}

    installed = pins("infra/requirements.txt").keys()
    assert installed >= names(needed)
    assert installed & names(extras["dev"]) <= names(needed) | {"pyjwt"}
