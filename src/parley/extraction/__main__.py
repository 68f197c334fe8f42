"""The command of the program: reads a file from its input, within limits of time and memory."""

import json
import signal
import sys
from contextlib import suppress
from typing import Any

from . import COMPOUND, DOCUMENTS, OFFICE, RTF, ZIP
from .extracted import Extracted
from .problems import Problem, UnreadableError

# Extensions of files that are text if they are not damaged. Others may be anything.
_TEXTS = frozenset({"csv", "json", "log", "markdown", "md", "text", "tsv", "txt"})

# Bytes of memory; most files take a part of it.
MAX_MEMORY = 384 * 1024**2


def limit(max_seconds: int) -> None:
    """Bound what the program takes, also when nobody is left to end it. What asks the bot to stop is not for it."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.SIG_IGN)
    with suppress(ImportError):  # Windows has none of it
        import resource

        limits = {
            resource.RLIMIT_AS: (MAX_MEMORY, MAX_MEMORY),
            resource.RLIMIT_CPU: (max_seconds, max_seconds + 1),
        }
        for kind, bounds in limits.items():
            with suppress(ValueError, OSError):  # macOS bounds no memory
                resource.setrlimit(kind, bounds)


def read_document(data: bytes, extension: str, extracted: Extracted) -> None:
    """Take the text of a file. What it begins with tells more than its name.

    Raises:
        UnreadableError: it has no text, or none that can be read.
    """
    begins = data[:1024].lstrip()
    try:
        if begins.startswith(b"%PDF-") or extension == "pdf":
            from .pdf import read_pdf

            read_pdf(data, extracted)
        elif data.startswith((ZIP, COMPOUND)) or (extension in OFFICE and not begins.startswith(RTF)):
            from .office import read_office

            read_office(data, extracted)
        else:
            from .text import read_text

            read_text(data, extension, extracted)
    except MemoryError:
        if not extracted.text:
            raise
        extracted.note(Problem.INCOMPLETE)
    except Exception as error:  # what parsers raise is no closed list
        if isinstance(error, UnreadableError) and error.problem != Problem.DAMAGED:
            raise
        problem = Problem.DAMAGED if extension in DOCUMENTS | _TEXTS else Problem.OF_OTHER_KIND
        raise UnreadableError(problem) from error
    if not extracted.text:
        raise UnreadableError(Problem.WITHOUT_TEXT)


def read(kind: str, data: bytes, extension: str, maximum: int) -> tuple[dict[str, Any], bytes]:
    """Read a file.

    Returns:
        the line to print, and the bytes of a picture to print after it.

    Raises:
        UnreadableError: nothing of the file can be read.
    """
    if kind == "picture":
        from .pictures import read_picture

        media_type, picture = read_picture(data, maximum)
        return {"media_type": media_type}, picture
    extracted = Extracted(maximum)
    read_document(data, extension, extracted)
    return {"text": extracted.text, "is_cut": extracted.is_cut, "problems": sorted(extracted.problems)}, b""


def main() -> None:
    kind, extension, maximum, max_seconds = sys.argv[1:]
    limit(int(max_seconds))
    result = b""
    try:
        answer, result = read(kind, sys.stdin.buffer.read(), extension, int(maximum))
    except UnreadableError as error:
        answer = {"problem": error.problem}
    except MemoryError:
        answer = {"problem": Problem.TOO_LARGE}
    except Exception:  # what parsers raise is no closed list
        answer = {"problem": Problem.DAMAGED}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + result)


if __name__ == "__main__":
    main()
