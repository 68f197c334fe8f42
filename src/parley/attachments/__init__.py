"""The attachments of a message: from their URLs to the question for the model.

1. `uploads.py` finds the files and pictures of the user among Teams' attachments; `html_copy.py` reads the copy of the
   message in HTML, which is an attachment, too.
2. `downloads.py` downloads them, from allowed hosts alone, within limits of size and time.
3. `extraction_process.py` has a program make a text or a picture of each, whatever its name claims.
4. `reader.py` puts the results together. A problem with one file becomes a notice for the user; the others are read.
"""

from ..extraction import Problem
from .attached import Attached, names_all, with_other_words
from .downloads import create_download_client
from .html_copy import html_copy_of, read_html
from .reader import AttachmentReader, create_reader
from .uploads import Notice, Upload, unread_of, uploads_of

__all__ = [
    "Attached",
    "AttachmentReader",
    "Notice",
    "Problem",
    "Upload",
    "create_download_client",
    "create_reader",
    "html_copy_of",
    "names_all",
    "read_html",
    "unread_of",
    "uploads_of",
    "with_other_words",
]
