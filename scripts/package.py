"""Builds the app package, a zip to upload in Teams.

    python3 scripts/package.py --app-id 00000000-0000-0000-0000-000000000000

fills the ids into appPackage/manifest.json and packs it with the icons. Without --app-id and --bot-id it uses
TEAMS_APP_ID and CLIENT_ID from the environment or from .env; one id may serve as both.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import struct
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import console

ROOT = Path(__file__).resolve().parents[1]
APP_PACKAGE = ROOT / "appPackage"

# Edge in pixels: https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons
ICONS = {"color.png": 192, "outline.png": 32}

PLACEHOLDER = re.compile(r"\$\{\{\s*(\w+)\s*\}\}")
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

WRONG_INPUT = 2


class PackageError(Exception):
    """The package cannot be built. The message names in one line the problem and the solution."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--app-id", metavar="GUID", help="the app in Teams (default: TEAMS_APP_ID, else the bot's id)")
    parser.add_argument("--bot-id", metavar="GUID", help="the bot in Entra (default: CLIENT_ID, else the app's id)")
    parser.add_argument(
        "--out", metavar="ZIP", type=Path, default=ROOT / "build" / "parley.zip", help="default: build/parley.zip"
    )
    options = parser.parse_args(arguments)
    try:
        settings = {**console.read_dotenv(ROOT / ".env"), **os.environ}
        ids = _ids(options.app_id or settings.get("TEAMS_APP_ID"), options.bot_id or settings.get("CLIENT_ID"))
        manifest = _manifest({"APP_NAME_SUFFIX": "", **settings, **ids})
        _write(options.out, {"manifest.json": manifest, **{name: _icon(name, edge) for name, edge in ICONS.items()}})
    except PackageError as error:
        print(f"package.py: {error}", file=sys.stderr)
        return WRONG_INPUT
    print(f"Made {options.out}")
    print("In Teams: Apps > Manage your apps > Upload an app > Upload a custom app, then choose this file.")
    return 0


def _ids(app_id: str | None, bot_id: str | None) -> dict[str, str]:
    app_id, bot_id = app_id or bot_id, bot_id or app_id
    if not (app_id and bot_id):
        raise PackageError("no id: give --app-id, or set CLIENT_ID in the environment or in .env")
    for value in (app_id, bot_id):
        if not GUID.fullmatch(value):
            raise PackageError(f"{value!r} is not a GUID like 00000000-0000-0000-0000-000000000000")
    return {"TEAMS_APP_ID": app_id, "BOT_ID": bot_id}


def _manifest(values: Mapping[str, str]) -> bytes:
    """Return the manifest with its placeholders filled in."""
    path = APP_PACKAGE / "manifest.json"

    def fill(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        if name not in values:
            raise PackageError(f"{path} asks for {name}: set it in the environment or in .env")
        return json.dumps(values[name])[1:-1]

    filled = PLACEHOLDER.sub(fill, _read(path).decode())
    try:
        json.loads(filled)
    except ValueError as error:
        raise PackageError(f"{path} is not JSON: {error}") from None
    return filled.encode()


def _icon(name: str, edge: int) -> bytes:
    """Return the icon, which has to be a square PNG with this edge in pixels."""
    path = APP_PACKAGE / name
    icon = _read(path)
    size = _png_size(icon)
    if size != (edge, edge):
        found = "{}x{} pixels".format(*size) if size else "no PNG"
        raise PackageError(f"{path} is {found}: expected a PNG of {edge}x{edge} pixels")
    return icon


def _png_size(image: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG; None if the image is no PNG."""
    if image[:8] != b"\x89PNG\r\n\x1a\n" or image[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackageError(f"{path} cannot be read: {error.strerror}") from None


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    """Pack the files into a zip. The same files make the same bytes on every system."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(out, "w") as package:
            for name, content in sorted(files.items()):
                entry = zipfile.ZipInfo(name)
                entry.create_system = 3
                entry.external_attr = 0o644 << 16
                package.writestr(entry, content)
    except OSError as error:
        raise PackageError(f"{out} cannot be written: {error.strerror}") from None


if __name__ == "__main__":
    console.run(main)
