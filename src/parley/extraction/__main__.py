"""The command of the program: read a file from the standard input, within limits of time and memory."""

import json
import signal
import sys
from contextlib import suppress
from typing import Any

from . import COMPOUND, DOCUMENTS, OFFICE, RTF, ZIP, Problem, UnreadableError
from .extracted import Extracted

# Extensions of text files. A file with such an extension that is no text is damaged; another may be of any kind.
_TEXTS = frozenset({"csv", "json", "log", "markdown", "md", "text", "tsv", "txt"})

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


def read_document(data: bytes, extension: str, extracted: Extracted) -> None:
    """Take the text of a file. The first bytes decide on the format, before the extension.

    Raises:
        UnreadableError: it has no text, or none that can be read.
    """
    start = data[:1024].lstrip()
    try:
        if start.startswith(b"%PDF-") or extension == "pdf":
            from .pdf import read_pdf

            read_pdf(data, extracted)
        elif data.startswith((ZIP, COMPOUND)) or (extension in OFFICE and not start.startswith(RTF)):
            _read_office(data, extracted)
        else:
            from .text import read_text

            read_text(data, extension, extracted)
    except MemoryError:
        if not extracted.text:
            raise
        extracted.note_incomplete()
    except Exception as error:  # the exceptions of parsers are no closed list
        if isinstance(error, UnreadableError) and error.problem != Problem.DAMAGED:
            raise
        problem = Problem.DAMAGED if extension in DOCUMENTS | _TEXTS else Problem.UNSUPPORTED
        raise UnreadableError(problem) from error
    if not extracted.text:
        raise UnreadableError(Problem.WITHOUT_TEXT)


def _read_office(data: bytes, extracted: Extracted) -> None:
    """Take the text of a Word, Excel or PowerPoint file. Its main part shows which it is."""
    from .package import Package, local

    package = Package(data, report_missing=extracted.note_incomplete)
    main = package.main()
    match local(main.root):
        case "document":
            from .word import read_word

            extracted.take(read_word(package, main))
        case "workbook":
            from .sheets import read_sheets

            extracted.take(read_sheets(package, main, extracted.max_characters))
        case "presentation":
            from .slides import read_slides

            extracted.take(read_slides(package, main))
        case _:
            raise UnreadableError(Problem.DAMAGED)


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
