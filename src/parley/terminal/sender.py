"""Typed lines as messages to the bot."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..operator_errors import OperatorError
from ..text import storable

if TYPE_CHECKING:  # it takes seconds to import
    from .conversation import Conversation, Outcome

LEAVE = "/exit"
ATTACH = "/attach"
EDIT = "/edit"


class Sender:
    """Sends lines as messages, or obeys those that are commands of the terminal."""

    def __init__(self, conversation: "Conversation", files: Sequence[Path]) -> None:
        """`files` go with the first message."""
        self._conversation = conversation
        self._files = list(files)

    async def send(self, line: str) -> "Outcome | list[Path]":
        """Send a message and wait for the answer, or attach files to the next message. Return the outcome or the files.

        Raises:
            OperatorError: the bot did not accept the message, or there is no file.
        """
        command, _, argument = line.strip().partition(" ")
        if command == ATTACH:
            return self._attach(argument.strip())
        if command == EDIT:
            return await self._conversation.edit(storable(argument.strip()))
        files, self._files = self._files, []
        return await self._conversation.send(storable(line), files)

    def _attach(self, paths: str) -> list[Path]:
        files = [find_file(path) for path in _split(paths)]
        if not files:
            raise OperatorError(f"the path of a file is missing: expected {ATTACH} PATH")
        self._files += files
        return files


def find_file(path: str) -> Path:
    """The file at a path.

    Raises:
        OperatorError: there is none, or it cannot be read.
    """
    file = Path(path).expanduser()
    if file.exists() and not file.is_file():  # to open a pipe would wait for its writer
        raise OperatorError(f"{path} cannot be attached: it is no file")
    try:
        with file.open("rb"):
            return file
    except OSError as error:
        raise OperatorError(f"{path} cannot be attached: {error.strerror}") from error


def _split(paths: str) -> list[str]:
    """Split paths as a shell does, which is how a file that is dropped into a terminal arrives."""
    if not paths or os.name == "nt":
        return [paths.strip('"')] if paths else []
    if Path(paths).expanduser().exists():
        return [paths]
    try:
        return shlex.split(paths)
    except ValueError:  # a quotation mark is missing
        return [paths]
