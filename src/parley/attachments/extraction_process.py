"""Runs the program `parley.extraction` for each file, and kills it when it takes too long."""

import json
import logging
import os
import signal
import sys
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from ..extraction import DOCUMENTS, RTF, ZIP, Problem, UnreadableError
from ..models import Picture
from ..text import storable
from .subprocesses import Programs

logger = logging.getLogger(__name__)

# Seconds for a file, and seconds of CPU time for a picture or a short text. Most take less than one.
TIMEOUT = 20.0
_QUICK_CPU = 5

# Bytes of a text that is read within `_QUICK_CPU` on a slow machine.
_LONGEST_QUICK = 2_000_000

# Concurrent programs, each of which takes a CPU and up to 512 MiB.
_MAX_CONCURRENT = 2

# The arguments for Python. -P: a file of the working directory is not imported as a module.
_PROGRAM = ("-P", "-m", "parley.extraction")

# The variables that Python may need to start and to find its packages. The bot's secrets are not passed on.
_NEEDED = ("LD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")

# The folder with the package `parley`, which need not be installed.
_SOURCE = str(Path(__file__).parents[2])

# The signal at the limit of CPU time. Windows has none.
_OUT_OF_TIME = getattr(signal, "SIGXCPU", 0)

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


@dataclass(frozen=True)
class Document:
    """The text of a file, or its beginning."""

    text: str
    is_cut: bool
    problems: tuple[Problem, ...] = ()


def is_picture(data: bytes) -> bool:
    """True if a file begins as a picture in one of the known formats does."""
    return data.startswith(_PICTURES) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP")


class Extractor:
    """Reads files, a few at a time, one for each user.

    Args:
        max_characters: the length of a text. A longer one is cut.
        max_picture_bytes: the size of a picture for the model.
    """

    def __init__(self, max_characters: int, max_picture_bytes: int) -> None:
        self._max_characters = max_characters
        self._max_picture_bytes = max_picture_bytes
        self._programs = Programs(_MAX_CONCURRENT)

    async def read_document(self, data: bytes, extension: str, *, user_id: str) -> Document:
        """Return the text of a file.

        Args:
            data: the file. Its first bytes decide on its format.
            extension: the extension of its name, for formats that have no such bytes.
            user_id: the user who waits for it.

        Raises:
            UnreadableError: it has no text, or none that can be read.
        """
        is_quick = not _is_document(data, extension) and len(data) <= _LONGEST_QUICK
        cpu = _QUICK_CPU if is_quick else ceil(TIMEOUT)
        answer, _ = await self._read("document", data, extension, self._max_characters, cpu=cpu, user_id=user_id)
        text: str = answer["text"][: self._max_characters]
        problems = tuple(Problem(problem) for problem in answer.get("problems", ()))
        return Document(storable(text), answer["is_cut"] or len(text) < len(answer["text"]), problems)

    async def read_picture(self, data: bytes, *, user_id: str) -> Picture:
        """Return a picture for the model: upright, small enough, in a format that every server knows.

        Raises:
            UnreadableError: it is no picture, damaged, or has too many pixels.
        """
        answer, picture = await self._read(
            "picture", data, "", self._max_picture_bytes, cpu=_QUICK_CPU, user_id=user_id
        )
        return Picture(answer["media_type"], picture)

    async def _read(
        self, kind: str, data: bytes, extension: str, maximum: int, *, cpu: int, user_id: str
    ) -> tuple[dict[str, Any], bytes]:
        extension = extension if extension.isascii() and extension.isalnum() else ""
        command = [sys.executable, *_PROGRAM, kind, extension, str(maximum), str(cpu)]
        try:
            code, printed = await self._programs.run(
                command, user_id=user_id, data=data, env=_environment(), seconds=TIMEOUT
            )
        except TimeoutExpired as error:
            raise UnreadableError(Problem.TOO_SLOW) from error
        except OSError as error:
            logger.warning("Extraction failed to start: %s", error)
            raise UnreadableError(Problem.FAILED) from error
        if code:
            logger.warning("Extraction failed, %s", f"signal {-code}" if code < 0 else f"exit code {code}")
        if code < 0:
            raise UnreadableError(Problem.TOO_SLOW if code == -_OUT_OF_TIME else Problem.FAILED)
        line, _, result = printed.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise UnreadableError(Problem.DAMAGED) from error
        if failure := answer.get("error"):  # a damaged file, a missing package or a bug
            logger.warning("Extraction of a %s failed: %s", f"{kind} ({extension})" if extension else kind, failure)
        if problem := answer.get("problem"):
            raise UnreadableError(Problem(problem))
        return answer, result


def _is_document(data: bytes, extension: str) -> bool:
    return extension in DOCUMENTS or data.startswith(ZIP) or data[:1024].lstrip().startswith((RTF, b"%PDF-"))


def _environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    path = [_SOURCE, *filter(None, [os.environ.get("PYTHONPATH")])]
    return environment | {"PYTHONPATH": os.pathsep.join(path)}
