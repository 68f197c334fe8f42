"""Names in a `.env` file that are almost those of settings.

The rest of the environment is not looked at: it is for all programs. A `.env` file is there for this one.
"""

from difflib import get_close_matches
from pathlib import Path

from .environment import read_file
from .mcp_servers import referred_names
from .settings import Settings
from .values import Environment

# How alike they have to be. The variables of other programs, such as AZURE_CLIENT_SECRET, are less like any setting.
_LIKENESS = 0.85


def find_misspelt(file: str, environment: Environment) -> list[str]:
    """A line for each name in the `.env` file that may have been meant for a setting; none without a file. Names that
    something else refers to with `${NAME}`, in the file or in MCP_SERVERS, are meant as they are.

    Args:
        file: its path, or "".
        environment: all variables there are, names to texts.

    Raises:
        SettingsError: the file cannot be read.
    """
    if not file:
        return []
    known = [name.upper() for name in Settings.model_fields]
    referred = referred_names(Path(file).read_text(encoding="utf-8", errors="replace"))
    referred |= referred_names(environment.get("MCP_SERVERS") or "")
    lines: list[str] = []
    for name in read_file(file):
        if name.upper() in known or name in referred:
            continue
        if meant := get_close_matches(name.upper(), known, n=1, cutoff=_LIKENESS):
            lines.append(f"{name} in {file} is no setting of Parley; did you mean {meant[0]}?")
    return lines
