"""What people attach: from its URL to what the model is shown.

1. `uploads.py` finds what a person has attached among what Teams calls an attachment.
2. `downloads.py` gets it, from allowed hosts alone, within bounds of size and time.
3. `pictures.py` and `documents.py` make of it a picture or a text that is small enough, whatever it claims to be.
4. What goes wrong with one thing is noted, for the person to be told (`problems.py`); the others are read.
"""

import httpx

from ..hosts import LOOPBACK
from ..settings import Settings
from .attached import Attached, names_all, with_other_words
from .downloads import FILE_HOSTS, Downloads, Token, new_client
from .problems import Note, Problem
from .reader import Limits, Reader
from .uploads import Upload, uploads_of

__all__ = [
    "Attached",
    "Note",
    "Problem",
    "Reader",
    "Upload",
    "names_all",
    "new_client",
    "new_reader",
    "uploads_of",
    "with_other_words",
]


def new_reader(settings: Settings, http: httpx.AsyncClient, token: Token) -> Reader:
    """The reader that the settings ask for.

    Args:
        settings: the bot's.
        http: from `new_client`, one for the whole process.
        token: gives the bot's own token, None if it has none.
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
    return Reader(downloads, Limits(settings.max_picture_bytes, settings.max_file_tokens))
