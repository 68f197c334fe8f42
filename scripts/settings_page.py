"""Writes docs/settings.md and .env.example from the descriptions of the settings.

    .venv/bin/python scripts/settings_page.py

A test compares both with the settings.
"""

import textwrap
from pathlib import Path

from parley.settings import SettingDoc, Settings, documented

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/settings.md"
TEMPLATE = ROOT / ".env.example"

HEAD = """\
# Settings

This page is generated: run `.venv/bin/python scripts/settings_page.py` after a change.

Parley reads settings from the environment or from a `.env` file in the working directory or above it. The environment
wins; an empty value counts as unset. At the start, Parley warns of names in the file that look like a misspelt setting.
`parley --help` prints this list, and `.env.example` is a file to begin with.

| setting | default | description |
|---|---|---|
"""

TEMPLATE_HEAD = """\
# Every setting of Parley with its default. Copy this file to .env, and remove the # in front of what you change.
# The environment wins over .env, and an empty value counts as unset.
"""


def page() -> str:
    """Return the page with a row for each setting."""
    rows = [
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else ''} "
        f"| {setting.description} Takes {setting.expected}. |\n"
        for setting in documented()
    ]
    return HEAD + "".join(rows)


def template() -> str:
    """Return the file with a commented line for each setting: a copy of it sets nothing."""
    settings = {setting.name: setting for setting in documented()}
    parts = [TEMPLATE_HEAD]
    for group in Settings.groups():
        title = (group.__doc__ or "").partition(".")[0]
        parts.append(f"# --- {title} ---\n")
        parts += [_entry(settings[name.upper()]) for name in group.model_fields]
    return "\n".join(parts)


def _entry(setting: SettingDoc) -> str:
    text = textwrap.fill(
        f"{setting.description} Takes {setting.expected}.", width=110, break_long_words=False, break_on_hyphens=False
    )
    return f"{textwrap.indent(text, '# ')}\n#{setting.name}={setting.default}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    TEMPLATE.write_text(template(), encoding="utf-8")
