"""Fakes of the programs that the scripts run, and empty packages."""

from pathlib import Path
from zipfile import ZipFile

import console

UV = "uv==1.0 \\\n    --hash=sha256:0\n"
"""The pin of uv in requirements.lock."""

SCRIPTS = Path(console.__file__).parent


def program(path: Path, shell: str) -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{shell}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def wheel(folder: Path, name: str, version: str, *metadata: str) -> str:
    """Write a wheel with metadata only. Return the name of the file."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    file_name = f"{name}-{version}-py3-none-any.whl"
    with ZipFile(folder / file_name, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return file_name
