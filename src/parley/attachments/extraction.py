"""Finds the text of a PDF or Word file; a program of its own, which imports nothing of Parley.

What strangers send may make a parser run for ever or take all memory, and neither can be stopped within a process. So
`documents.py` starts this program for each file, and ends it when it takes too long.

    python extraction.py pdf|docx MAX_CHARACTERS MAX_SECONDS < FILE

It prints JSON: `{"text": …, "is_cut": …}`, or `{"problem": …}` with a value of `Problem`.
"""

import json
import logging
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any
from zipfile import ZipFile

# Bytes of memory; most files take a few per cent of it.
_MAX_MEMORY = 1024**3

# Bytes that a Word file may come to when it is unpacked, pictures included.
_MAX_UNPACKED = 300_000_000

# What Word writes in place of a zip when a document is protected by a password, and the name of what is in it
# (MS-OFFCRYPTO, 2.3.4).
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class _Problem(Exception):
    """Why there is no text; a value of `Problem`."""


def _limit(max_seconds: int) -> None:
    """Bound what the program takes, also when nobody is left to end it. What asks the bot to stop is not for it."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.SIG_IGN)
    with suppress(ImportError):  # Windows has none of it
        import resource

        limits = {
            resource.RLIMIT_AS: (_MAX_MEMORY, _MAX_MEMORY),
            resource.RLIMIT_CPU: (max_seconds, max_seconds + 1),
        }
        for kind, bounds in limits.items():
            with suppress(ValueError, OSError):  # macOS bounds no memory
                resource.setrlimit(kind, bounds)


def _read_pdf(data: bytes) -> Iterator[str]:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(BytesIO(data))
    # Many that are encrypted may be read by anybody: their password is empty.
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise _Problem("attachment-encrypted")
    for page in reader.pages:
        yield page.extract_text().strip()


def _read_docx(data: bytes) -> Iterator[str]:
    import docx

    if data.startswith(_COMPOUND_FILE) and _ENCRYPTED in data:
        raise _Problem("attachment-encrypted")
    # zipfile unpacks no more of a member than the directory says that there is.
    if sum(member.file_size for member in ZipFile(BytesIO(data)).infolist()) > _MAX_UNPACKED:
        raise _Problem("attachment-too-large")
    yield from _blocks(docx.Document(BytesIO(data)))


def _blocks(container: Any) -> Iterator[str]:
    """The paragraphs and the tables of a document or of a table's cell; a row a line."""
    for block in container.iter_inner_content():
        if hasattr(block, "rows"):
            yield "\n".join(" | ".join(_cells(row)) for row in block.rows)
        else:
            yield block.text.strip()


def _cells(row: Any) -> Iterator[str]:
    for cell in dict.fromkeys(row.cells):  # one that was merged is there several times
        yield " ".join(" ".join(_blocks(cell)).split())


def _take(pieces: Iterable[str], max_characters: int) -> tuple[str, bool]:
    """As much of the pieces as there may be, with an empty line between them, and whether there was more."""
    taken: list[str] = []
    size = -2
    for piece in filter(None, pieces):
        taken.append(piece)
        size += 2 + len(piece)
        if size > max_characters:
            break
    text = "\n\n".join(taken)
    return text[:max_characters], size > max_characters


def main() -> None:
    kind, max_characters, max_seconds = sys.argv[1:]
    _limit(int(max_seconds))
    logging.disable()  # parsers tell of each oddity of a file
    data = sys.stdin.buffer.read()
    try:
        text, is_cut = _take(_read_pdf(data) if kind == "pdf" else _read_docx(data), int(max_characters))
        answer: dict[str, Any] = {"text": text, "is_cut": is_cut} if text else {"problem": "attachment-without-text"}
    except _Problem as problem:
        answer = {"problem": str(problem)}
    except MemoryError:
        answer = {"problem": "attachment-too-large"}
    except Exception:  # what parsers raise is no closed list
        answer = {"problem": "attachment-damaged"}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
