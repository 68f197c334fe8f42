"""Programs that only pretend to be what the scripts run."""

from pathlib import Path

import console

UV = "uv==1.0 \\\n    --hash=sha256:0\n"
"""How requirements.lock pins uv."""

SCRIPTS = Path(console.__file__).parent


def program(path: Path, shell: str) -> Path:
    """Make an executable out of lines of shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{shell}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
