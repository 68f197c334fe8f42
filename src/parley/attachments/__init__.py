"""What people attach: from its URL to what the model is shown.

1. `uploads.py` finds what a person has attached among what Teams calls an attachment; `html_copy.py` reads the copy of
   the message in HTML, which is one as well.
2. `downloads.py` gets it, from allowed hosts alone, within bounds of size and time.
3. `extraction.py` has a program make of it a picture or a text that is small enough, whatever it claims to be.
4. What goes wrong with one thing is noted, for the person to be told (`problems.py`); the others are read.
"""

from ..extraction import Problem
from .attached import Attached, names_all, with_other_words
from .downloads import create_download_client
from .html_copy import html_copy_of, read_html
from .reader import Reader, create_reader
from .uploads import Note, Upload, unread_of, uploads_of

__all__ = [
    "Attached",
    "Note",
    "Problem",
    "Reader",
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
