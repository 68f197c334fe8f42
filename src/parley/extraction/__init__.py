"""A program of its own that makes files into what a model takes: texts, and pictures that are small enough.

What strangers send may make a parser run for ever or take all memory, and neither can be stopped within a process. So
`attachments/extraction.py` starts this program for each file, and ends it when it takes too long. The program imports
nothing else of Parley.

    python -m parley.extraction document|picture EXTENSION MAXIMUM MAX_SECONDS < FILE

The maximum is that of a text's characters or of a picture's bytes. The first line that it prints is JSON: `{"text": …,
"is_cut": …, "problems": […]}`, or `{"media_type": …}` before the bytes of a picture, or `{"problem": …}` with a value
of `Problem`.
"""

from .problems import Problem, UnreadableError

# Extensions of the names of Office files, and of documents, which take longer to read than others.
OFFICE = frozenset("docm docx dotm dotx potm potx ppsm ppsx pptm pptx xlsm xlsx xltm xltx".split())
DOCUMENTS = OFFICE | {"pdf"}

# How files begin: those of Office today, those of Office until 2007 and those with a password, and RTF.
ZIP = b"PK\x03\x04"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
RTF = b"{\\rtf"

__all__ = ["COMPOUND", "DOCUMENTS", "OFFICE", "RTF", "ZIP", "Problem", "UnreadableError"]
