"""The user at the terminal, as the machine knows them."""

import os

import pytest

from parley.terminal.user import find_user


@pytest.mark.skipif(os.name == "nt", reason="Windows has other sources")
@pytest.mark.parametrize(
    ("variables", "locale", "country"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de-DE", "DE"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "fr_CA", "LC_ALL": ""}, "fr-CA", "CA"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "ca_ES@valencia"}, "ca-ES", "ES"),
        ({"LANG": "C.UTF-8"}, "en-US", "US"),
        ({"LANG": "POSIX"}, "en-US", "US"),
        ({}, "en-US", "US"),
    ],
)
def test_the_user_has_the_locale_of_the_environment(
    variables: dict[str, str], locale: str, country: str, monkeypatch: pytest.MonkeyPatch
):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    user = find_user()

    assert (user.locale, user.country) == (locale, country)


def test_the_user_has_the_name_of_the_account(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGNAME", "ada")

    assert find_user().name == "ada"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other sources")
@pytest.mark.parametrize(
    ("variable", "time_zone"),
    [("Europe/Oslo", "Europe/Oslo"), (":Asia/Tokyo", "Asia/Tokyo"), ("UTC", "UTC"), ("CET-1CEST", None), ("/", None)],
)
def test_the_user_has_the_time_zone_of_the_environment(
    variable: str, time_zone: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TZ", variable)

    assert find_user().time_zone == time_zone


def test_the_time_zone_is_found_without_pytz(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("babel.localtime._helpers.pytz", None)
    monkeypatch.setenv("TZ", "Europe/Oslo")

    assert find_user().time_zone == "Europe/Oslo"
