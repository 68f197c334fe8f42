"""The command of the program: read a file from the standard input, within limits of time and memory."""

import json
import signal
import sys
from contextlib import suppress
from typing import Any

from . import Problem, UnreadableError
from .extracted import Extracted
from .formats import read_document

# Bytes of memory. A WebP of 24 megapixels takes 440 MB, since its decoder has three buffers of that size.
MAX_MEMORY = {"document": 384 * 1024**2, "picture": 512 * 1024**2}


def limit(max_seconds: int, max_memory: int) -> None:
    """Limit CPU time and memory, also for the case that the bot dies first. Signals that stop the bot are ignored."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    with suppress(ImportError):  # Windows has no such limits
        import resource

        limits = {
            resource.RLIMIT_AS: (max_memory, max_memory),
            resource.RLIMIT_CPU: (max_seconds, max_seconds + 1),
        }
        for kind, bounds in limits.items():
            with suppress(ValueError, OSError):  # macOS does not limit memory
                resource.setrlimit(kind, bounds)


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
    answer = {"text": extracted.text, "is_cut": extracted.is_cut, "problems": sorted(extracted.problems)}
    return answer | ({"error": extracted.error} if extracted.error else {}), b""


def main() -> None:
    kind, extension, maximum, max_seconds = sys.argv[1:]
    limit(int(max_seconds), MAX_MEMORY[kind])
    result = b""
    try:
        answer, result = read(kind, sys.stdin.buffer.read(), extension, int(maximum))
    except UnreadableError as error:
        answer = {"problem": error.problem} | _cause(error.__cause__)
    except MemoryError:
        answer = {"problem": Problem.TOO_LARGE}
    except Exception as error:  # the exceptions of parsers are no closed list
        answer = {"problem": Problem.DAMAGED} | _cause(error)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + result)


def _cause(error: BaseException | None) -> dict[str, str]:
    """The name of an exception that Parley did not raise itself. Its message may quote the file."""
    return {"error": type(error).__name__} if error and not isinstance(error, UnreadableError) else {}


if __name__ == "__main__":
    main()
