"""Failures that only an operator can mend: what the user reads, who may be the operator."""

import pytest

from doubles.bot import run_bot
from doubles.connector import Connector
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.handlers import Advice
from parley.handlers.advice import doctor_command
from parley.language import localizer_for
from parley.settings import ModelSettings

OPENAI = {"OPENAI_API_KEY": "key", "OPENAI_MODEL": "m"}
COMPATIBLE = OPENAI | {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}
AZURE = {
    "AZURE_OPENAI_ENDPOINT": "https://one.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "key",
    "AZURE_OPENAI_MODEL": "m",
    "AZURE_OPENAI_API_VERSION": "2024-10-21",
}


def advice_on(failure: str, environment: dict[str, str], *, is_for_operator: bool = True) -> str | None:
    return Advice(ModelSettings.load(environment), is_for_operator=is_for_operator).on(failure, line)


@pytest.mark.parametrize(
    ("failure", "environment", "settings"),
    [
        ("model-rejected-credentials", OPENAI, "OPENAI_API_KEY"),
        ("model-rejected-credentials", AZURE, "AZURE_OPENAI_API_KEY"),
        ("model-not-found", OPENAI, "OPENAI_MODEL"),
        ("model-not-found", COMPATIBLE, "OPENAI_MODEL, OPENAI_BASE_URL"),
        ("model-not-found", AZURE, "AZURE_OPENAI_MODEL, AZURE_OPENAI_ENDPOINT"),
        ("model-quota", COMPATIBLE, "OPENAI_API_KEY"),
        ("answer-malformed", AZURE, "AZURE_OPENAI_ENDPOINT"),
    ],
)
def test_an_operator_reads_which_settings_to_check(failure: str, environment: dict[str, str], settings: str):
    assert advice_on(failure, environment) == line("check-settings", settings=settings, command=doctor_command())


def test_an_operator_is_asked_whether_the_server_runs():
    advice = line("check-server", settings="OPENAI_BASE_URL", command=doctor_command())

    assert advice_on("model-unreachable", COMPATIBLE) == advice


@pytest.mark.parametrize("failure", ["model-unreachable", "model-rejected-request"])
def test_an_operator_reads_of_the_doctor_without_a_setting(failure: str):
    assert advice_on(failure, OPENAI) == line("run-doctor", command=doctor_command())


def test_other_users_are_sent_to_their_administrator():
    assert advice_on("model-rejected-credentials", OPENAI, is_for_operator=False) == line("tell-administrator")
    assert advice_on("model-unreachable", COMPATIBLE, is_for_operator=False) == line("try-later")


@pytest.mark.parametrize("is_for_operator", [True, False])
def test_a_failure_that_users_can_mend_needs_no_advice(is_for_operator: bool):
    assert advice_on("context-too-long", OPENAI, is_for_operator=is_for_operator) is None


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt-BR", "ja", "zh-CN"])
def test_every_language_names_setting_and_command(language: str):
    advice = Advice(ModelSettings.load(OPENAI), is_for_operator=True)

    text = advice.on("model-rejected-credentials", localizer_for(language)) or ""

    assert "OPENAI_API_KEY" in text and doctor_command() in text


async def test_a_bot_for_this_machine_alone_names_the_setting(
    environment: dict[str, str], connector: Connector, model: ModelServer
):
    model.refuses(401, "invalid_api_key")
    async with run_bot(environment, connector) as bot:
        reply = await bot.personal().ask("Hi")

    assert "OPENAI_API_KEY" in reply and "administrator" not in reply


def test_the_doctor_is_named_by_its_path_unless_it_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert doctor_command().endswith("parley doctor") and doctor_command() != "parley doctor"

    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert doctor_command() == "parley doctor"
