"""The text of files."""

import asyncio
import codecs
import json
import logging
import os
import signal
import sys
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from subprocess import TimeoutExpired

from ..text import storable
from .encoding import guess_encoding
from .problems import Problem, UnreadableError
from .program import run

logger = logging.getLogger(__name__)

TEXT_EXTENSIONS = frozenset({"csv", "json", "log", "markdown", "md", "text", "txt"})
EXTENSIONS = TEXT_EXTENSIONS | {"docx", "pdf"}

# Seconds in which the text of a PDF or Word file has to be found.
TIMEOUT = 20.0

# Programs that look for text side by side; each takes a processor.
_MAX_CONCURRENT = 2

_EXTRACTION = Path(__file__).with_name("extraction.py")

# What Python may need to start and to find its packages; the bot's secrets are none of the program's business.
_NEEDED = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT")

# The signal that ends a program that has had the processor for too long; Windows has none.
_OUT_OF_TIME = getattr(signal, "SIGXCPU", 0)

_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Document:
    """What a file says, or its beginning."""

    text: str
    is_cut: bool


class Documents:
    """Reads files, a few at a time."""

    def __init__(self, max_characters: int) -> None:
        """Of a file that says more, so many characters are read."""
        self._max_characters = max_characters
        self._room = asyncio.Semaphore(_MAX_CONCURRENT)

    async def read(self, data: bytes, extension: str) -> Document:
        """The text of a file.

        Args:
            data: the file.
            extension: one of `EXTENSIONS`. What the file really is, is seen in it.

        Raises:
            UnreadableError: it has no text, or none that can be read.
        """
        if extension in TEXT_EXTENSIONS:
            return await asyncio.to_thread(self._read_text, data)
        async with self._room:
            return await self._extract(data, extension)

    def _read_text(self, data: bytes) -> Document:
        text = _decode(data)
        if not text.strip():
            raise UnreadableError(Problem.EMPTY)
        return self._document(text, is_cut=False)

    async def _extract(self, data: bytes, extension: str) -> Document:
        # -P: no file of this folder passes for a module of Python's own.
        command = [sys.executable, "-P", str(_EXTRACTION), extension, str(self._max_characters), str(ceil(TIMEOUT))]
        try:
            code, printed = await run(command, data=data, env=_environment(), seconds=TIMEOUT)
        except TimeoutExpired as error:
            raise UnreadableError(Problem.TOO_SLOW) from error
        except OSError as error:
            logger.warning("The program that reads files cannot be started: %s", error)
            raise UnreadableError(Problem.BROKEN_OFF) from error
        if code < 0:
            logger.warning("The program that reads files was ended by signal %d", -code)
            raise UnreadableError(Problem.TOO_SLOW if code == -_OUT_OF_TIME else Problem.BROKEN_OFF)
        try:
            answer = json.loads(printed)
        except ValueError as error:  # it has died
            raise UnreadableError(Problem.DAMAGED) from error
        if problem := answer.get("problem"):
            raise UnreadableError(Problem(problem))
        return self._document(answer["text"], is_cut=answer["is_cut"])

    def _document(self, text: str, *, is_cut: bool) -> Document:
        bounded = text[: self._max_characters]
        return Document(storable(bounded), is_cut or len(bounded) < len(text))


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _NEEDED if name in os.environ}


def _decode(data: bytes) -> str:
    """Text in UTF-8, in UTF-16 with a byte order mark, or as older programs of Windows save it."""
    if data.startswith(_BYTE_ORDER_MARKS):
        return _decode_as("utf-16", data)
    if b"\0" in data:
        raise UnreadableError(Problem.DAMAGED)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_as(guess_encoding(data), data)


def _decode_as(encoding: str, data: bytes) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(Problem.DAMAGED) from error
