"""Writes docs/settings.md and .env.example from the descriptions of the settings.

    .venv/bin/python scripts/settings_page.py

A test compares both with the settings.
"""

import textwrap
from itertools import groupby
from pathlib import Path

from parley.settings import SettingDoc, documented

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/settings.md"
TEMPLATE = ROOT / ".env.example"

HEAD = """\
# Settings

This page is generated: run `.venv/bin/python scripts/settings_page.py` after a change.

Parley reads settings from the environment or from a `.env` file in the working directory or above it. The environment
wins; an empty value counts as unset. At the start, Parley warns of names in the file that look like a misspelt setting.
`parley settings` prints this list, and `.env.example` is a file to begin with.
"""

TABLE_HEAD = """\
| setting | default | description |
|---|---|---|
"""

TEMPLATE_HEAD = """\
# Every setting of Parley with its default. Copy this file to .env, and remove the # in front of what you change.
# The environment wins over .env, and an empty value counts as unset.
"""


def page() -> str:
    """Return the page with a table for each group of settings, and a row for each of them."""
    parts = [HEAD]
    for group, settings in groupby(documented(), lambda setting: setting.group):
        parts.append(f"## {group}\n\n{TABLE_HEAD}{''.join(map(_row, settings))}")
    return "\n".join(parts)


def _row(setting: SettingDoc) -> str:
    default = f"`{setting.default}`" if setting.default else ""
    return f"| `{setting.name}` | {default} | {setting.description} Takes {setting.expected}. |\n"


def template() -> str:
    """Return the file with a commented line for each setting: a copy of it sets nothing."""
    parts = [TEMPLATE_HEAD]
    for group, settings in groupby(documented(), lambda setting: setting.group):
        parts += [f"# --- {group} ---\n", *map(_entry, settings)]
    return "\n".join(parts)


def _entry(setting: SettingDoc) -> str:
    text = textwrap.fill(
        f"{setting.description} Takes {setting.expected}.", width=110, break_long_words=False, break_on_hyphens=False
    )
    return f"{textwrap.indent(text, '# ')}\n#{setting.name}={setting.default}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    TEMPLATE.write_text(template(), encoding="utf-8")
