"""Reads attachments: files and pictures become parts of the question."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx

from ..chat import frame_file, frame_name, new_mark
from ..extraction import Problem, UnreadableError
from ..extraction.formats import PICTURES, UNSUPPORTED
from ..fair_semaphore import FairSemaphore
from ..http import LOOPBACK
from ..models import Picture, estimate_text_tokens, truncate
from ..settings import Settings
from .attached import Attached
from .downloads import FILE_HOSTS, Downloads, Token
from .extraction_process import Document, Extractor, is_picture
from .uploads import Notice, Upload

# Attachments of one message, the limit of Teams' own clients.
MAX_UPLOADS = 10

# Seconds for all attachments of a message together, from the first that has a place.
TIMEOUT = 60.0

# Attachments that are read concurrently, of all users and of one. Each is held in memory.
_MAX_CONCURRENT = 8
_MAX_CONCURRENT_OF_USER = 4

# Attachments of a message that may run out of time before the rest is given up.
_MAX_SLOW = 2

_Read = Picture | Document | Problem


@dataclass(frozen=True)
class Limits:
    """The limits of attachments for the model."""

    max_picture_bytes: int
    """The size of a picture."""
    max_file_tokens: int
    """The tokens of all files of a message together."""


class _Message:
    """The limits that the attachments of one message share."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.program = asyncio.Lock()
        """Held by the attachment that a program reads."""
        self.slow = 0
        """The attachments that ran out of time."""
        self._ends_at: float | None = None
        self._limits: set[asyncio.Timeout] = set()

    @asynccontextmanager
    async def time_limit(self) -> AsyncGenerator[None]:
        """Raise TimeoutError in the block when the time of the message is over."""
        async with asyncio.timeout_at(self._ends_at) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def begin(self) -> None:
        """Start the time of the message, if it has not started yet."""
        if self._ends_at is None:
            self._ends_at = asyncio.get_running_loop().time() + TIMEOUT
            for limit in self._limits:
                limit.reschedule(self._ends_at)

    def check(self) -> None:
        """Raise UnreadableError if the rest of the message is given up."""
        if self.slow >= _MAX_SLOW:
            raise UnreadableError(Problem.TOO_SLOW)


class AttachmentReader:
    """Downloads and reads the attachments of messages."""

    def __init__(self, downloads: Downloads, limits: Limits) -> None:
        self._downloads = downloads
        self._limits = limits
        # No character costs less than a quarter of a token.
        self._extractor = Extractor(limits.max_file_tokens * 4, limits.max_picture_bytes)
        self._places = FairSemaphore(_MAX_CONCURRENT, _MAX_CONCURRENT_OF_USER)

    async def read(self, uploads: list[Upload], *, user_id: str) -> Attached:
        """Download and read the uploads of a user's message. Those that cannot be read get a notice."""
        message = _Message(user_id)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._read(upload, message)) for upload in uploads[:MAX_UPLOADS]]
        read = [task.result() for task in tasks]
        read += [Problem.TOO_MANY] * (len(uploads) - len(read))
        return _put_together(uploads, _share(read, self._limits.max_file_tokens))

    async def _read(self, upload: Upload, message: _Message) -> _Read:
        try:
            async with message.time_limit(), self._places.slot(message.user_id):
                message.begin()
                return await self._read_or_fail(upload, message)
        except TimeoutError:
            problem = Problem.TOO_SLOW
        except UnreadableError as error:
            problem = error.problem
        if problem is Problem.TOO_SLOW:
            message.slow += 1
        return problem

    async def _read_or_fail(self, upload: Upload, message: _Message) -> Picture | Document:
        is_pasted = upload.connector is not None
        if not is_pasted and (upload.extension in UNSUPPORTED or not (upload.url or upload.extension)):
            raise UnreadableError(Problem.UNSUPPORTED)
        message.check()
        data = await self._downloads.get(upload)
        if not data:
            raise UnreadableError(Problem.EMPTY)
        is_shown = is_picture(data)
        if is_pasted and not is_shown:
            raise UnreadableError(Problem.UNSUPPORTED)
        if upload.extension in PICTURES and not is_shown:
            raise UnreadableError(Problem.DAMAGED)
        async with message.program:
            message.check()
            if is_shown:
                return await self._extractor.read_picture(data, user_id=message.user_id)
            return await self._extractor.read_document(data, upload.extension, user_id=message.user_id)


def create_reader(settings: Settings, http: httpx.AsyncClient, token: Token) -> AttachmentReader:
    """The reader for these settings.

    Args:
        settings: the bot's.
        http: from `create_download_client`, one for the process.
        token: returns the bot's own token, None if it has none.
    """
    is_local = settings.dangerously_allow_unauthenticated_requests
    file_hosts = settings.allowed_file_hosts or FILE_HOSTS[settings.cloud]
    downloads = Downloads(
        http,
        file_hosts=file_hosts | LOOPBACK if is_local else file_hosts,
        max_bytes=settings.max_file_bytes,
        token=token,
        is_local=is_local,
    )
    return AttachmentReader(downloads, Limits(settings.max_picture_bytes, settings.max_file_tokens))


def _share(read: list[_Read], max_tokens: int) -> list[_Read]:
    """Cut the longest documents to the same length, so that all have at most so many tokens together."""
    shared = list(read)
    documents = [
        (estimate_text_tokens(item.text), place, item) for place, item in enumerate(read) if isinstance(item, Document)
    ]
    documents.sort(key=lambda document: document[0])
    left = max_tokens
    for rank, (tokens, place, document) in enumerate(documents):
        share = left // (len(documents) - rank)
        if tokens > share:
            shared[place] = replace(document, text=truncate(document.text, share), is_cut=True)
        left -= min(tokens, share)
    return shared


def _put_together(uploads: list[Upload], read: list[_Read]) -> Attached:
    parts: list[str] = []
    notices: list[Notice] = []
    mark = new_mark()
    for upload, item in zip(uploads, read, strict=True):
        match item:
            case Picture():
                parts.append(frame_name("picture", upload.name, mark))
            case Document(text, is_cut, problems):
                notices += [Notice(problem, upload.name) for problem in problems]
                parts.append(frame_file(upload.name, text, mark, is_cut=is_cut))
                if is_cut:
                    notices.append(Notice(Problem.CUT, upload.name))
            case Problem():
                parts.append(frame_name("unreadable", upload.name, mark))
                notices.append(Notice(item, upload.name))
    pictures = tuple(item for item in read if isinstance(item, Picture))
    is_unreadable = bool(read) and all(isinstance(item, Problem) for item in read)
    return Attached(tuple(parts), pictures, tuple(notices), is_unreadable)
