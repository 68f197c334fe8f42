"""Advice for users whose question failed for a reason that only an operator can mend."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..language import LineId, Localizer
from ..settings import ModelSettings

# For users who have an administrator, by the line that says what failed.
_FOR_USERS: Mapping[LineId, LineId] = {
    "answer-malformed": "try-later",
    "model-unreachable": "try-later",
    "model-rejected-credentials": "tell-administrator",
    "model-not-found": "tell-administrator",
    "model-quota": "tell-administrator",
    "model-rejected-request": "tell-administrator",
}

# The settings that an operator has to check.
_SETTINGS: Mapping[LineId, tuple[str, ...]] = {
    "answer-malformed": ("OPENAI_BASE_URL",),
    "model-unreachable": ("OPENAI_BASE_URL",),
    "model-rejected-credentials": ("OPENAI_API_KEY",),
    "model-not-found": ("OPENAI_MODEL", "OPENAI_BASE_URL"),
    "model-quota": ("OPENAI_API_KEY",),
}

_AT_AZURE = {
    "OPENAI_API_KEY": "AZURE_OPENAI_API_KEY",
    "OPENAI_BASE_URL": "AZURE_OPENAI_ENDPOINT",
    "OPENAI_MODEL": "AZURE_OPENAI_MODEL",
}


@dataclass(frozen=True)
class Advice:
    """Says what to do about a failure."""

    settings: ModelSettings
    is_for_operator: bool
    """True if the user runs the bot: nobody else can reach one that listens on this machine alone."""

    def on(self, failure: LineId, localize: Localizer) -> str | None:
        """The advice on a failure; None if the line of the failure says it all."""
        if failure not in _FOR_USERS:
            return None
        if not self.is_for_operator:
            return localize(_FOR_USERS[failure])
        names, command = ", ".join(self._settings_behind(failure)), doctor_command()
        if not names:
            return localize("run-doctor", command=command)
        advice: LineId = "check-server" if failure == "model-unreachable" else "check-settings"
        return localize(advice, settings=names, command=command)

    def _settings_behind(self, failure: LineId) -> list[str]:
        names = _SETTINGS.get(failure, ())
        if self.settings.provider == "azure":
            return [_AT_AZURE[name] for name in names]
        return [name for name in names if name != "OPENAI_BASE_URL" or self.settings.openai_base_url]


def doctor_command() -> str:
    """The command that finds what is wrong, as the operator can type it in the working directory."""
    if shutil.which("parley"):
        return "parley doctor"
    program = Path(sys.executable).with_name("parley")
    return f"{os.path.relpath(program) if program.is_relative_to(Path.cwd()) else program} doctor"
