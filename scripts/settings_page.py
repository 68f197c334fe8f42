"""Writes docs/settings.md from the descriptions of the settings.

    .venv/bin/python scripts/settings_page.py

A test compares the page with the settings.
"""

from pathlib import Path

from parley.settings import documented

PAGE = Path(__file__).resolve().parents[1] / "docs/settings.md"

HEAD = """\
# Settings

This page is generated: run `.venv/bin/python scripts/settings_page.py` after a change.

Parley reads settings from the environment or from a `.env` file in the working directory or above it. The environment
wins; an empty value counts as unset. At the start, Parley warns of names in the file that look like a misspelt setting.
`parley --help` prints this list, and `.env.example` is a file to begin with.

| setting | default | description |
|---|---|---|
"""


def page() -> str:
    """Return the page with a row for each setting."""
    rows = [
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else ''} "
        f"| {setting.description} Takes {setting.expected}. |\n"
        for setting in documented()
    ]
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
