"""A program that reads files: documents become text, pictures become small enough for a model.

A file of a stranger may make a parser run for ever or take all memory, and neither can be stopped within a process. So
`attachments/extraction_process.py` starts this program for each file, and kills it when it takes too long. The
program imports no other package of Parley.

    python -m parley.extraction document|picture EXTENSION MAXIMUM MAX_SECONDS < FILE

MAXIMUM is the number of a text's characters or of a picture's bytes, MAX_SECONDS that of CPU time. The program prints a
line of JSON: `{"text": …, "is_cut": …, "problems": […]}` for a document, `{"media_type": …}` before the bytes of a
picture, or `{"problem": …}` with a value of `Problem`. If a parser failed, the line has the name of the exception, too:
`"error": …`.
"""

from enum import StrEnum

# Extensions of Office files, and of all documents, which take longer to read than other files.
OFFICE = frozenset("docm docx dotm dotx potm potx ppsm ppsx pptm pptx xlsm xlsx xltm xltx".split())
DOCUMENTS = OFFICE | {"pdf"}

# The first bytes of Office files, of those until 2007 or with a password, and of RTF.
ZIP = b"PK\x03\x04"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
RTF = b"{\\rtf"

# Options of every XML parser. A comment or a processing instruction would end the text of its element.
SAFE_XML = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}


class Problem(StrEnum):
    """The reason why an attachment does not reach the model, or not whole; also the id of the line for the user."""

    UNSUPPORTED = "attachment-unsupported"
    TOO_MANY = "attachment-too-many"
    TOO_LARGE = "attachment-too-large"
    NOT_DOWNLOADED = "attachment-not-downloaded"
    EMPTY = "attachment-empty"
    DAMAGED = "attachment-damaged"
    ENCRYPTED = "attachment-encrypted"
    WITHOUT_TEXT = "attachment-without-text"
    TOO_SLOW = "attachment-too-slow"
    FAILED = "attachment-failed"
    CUT = "attachment-cut"
    INCOMPLETE = "attachment-incomplete"
    MISREAD = "attachment-misread"
    ANIMATED = "attachment-animated"
    ONLY_IN_CHAT = "attachment-only-in-chat"


class UnreadableError(Exception):
    """Nothing of the file can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem
