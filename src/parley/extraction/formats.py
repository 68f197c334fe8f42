"""The formats of files: which can be read, and by which module.

A new kind of file gets a module beside this one, a branch in `read_document`, and leaves `UNSUPPORTED`.
"""

from . import COMPOUND, DOCUMENTS, OFFICE, RTF, ZIP, Problem, UnreadableError
from .extracted import Extracted

PICTURES = frozenset({"gif", "jfif", "jpeg", "jpg", "png", "webp"})

# Extensions of files without text, or with text that is not read. All other files are tried.
UNSUPPORTED = frozenset(
    "3gp 7z aac accdb ai apk avi avif bin bmp bz2 cab class db deb dll dmg dwg eot eps epub exe"
    " flac flv gz heic heif ico iso jar m4a m4v mdb mid mkv mov mp3 mp4 mpeg mpg mpp msg msi numbers odp"
    " ods odt ogg opus otf pages pkg psd pst pub pyc rar rpm so sqlite tar tgz tif tiff ttf vsd vsdx"
    " wav webm wma wmv woff woff2 xlsb xz zip zst".split()
)

# Extensions of text files. A file with such an extension that is no text is damaged; another may be of any kind.
_TEXTS = frozenset({"csv", "json", "log", "markdown", "md", "text", "tsv", "txt"})


def read_document(data: bytes, extension: str, extracted: Extracted) -> None:
    """Take the text of a file. The first bytes decide on the format, before the extension.

    Raises:
        UnreadableError: it has no text, or none that can be read.
    """
    start = data[:1024].lstrip()
    try:
        if start.startswith(b"%PDF-") or extension == "pdf":
            from .pdf import read_pdf

            read_pdf(data, extracted)
        elif data.startswith((ZIP, COMPOUND)) or (extension in OFFICE and not start.startswith(RTF)):
            _read_office(data, extracted)
        else:
            from .text import read_text

            read_text(data, extension, extracted)
    except MemoryError:
        if not extracted.text:
            raise
        extracted.note_incomplete()
    except Exception as error:  # the exceptions of parsers are no closed list
        if isinstance(error, UnreadableError) and error.problem != Problem.DAMAGED:
            raise
        problem = Problem.DAMAGED if extension in DOCUMENTS | _TEXTS else Problem.UNSUPPORTED
        raise UnreadableError(problem) from error
    if not extracted.text:
        raise UnreadableError(Problem.WITHOUT_TEXT)


def _read_office(data: bytes, extracted: Extracted) -> None:
    """Take the text of a Word, Excel or PowerPoint file. Its main part shows which it is."""
    from .office_package import Package, local

    package = Package(data, report_missing=extracted.note_incomplete)
    main = package.main()
    match local(main.root):
        case "document":
            from .word import read_word

            extracted.take(read_word(package, main))
        case "workbook":
            from .sheets import read_sheets

            extracted.take(read_sheets(package, main, extracted.max_characters))
        case "presentation":
            from .slides import read_slides

            extracted.take(read_slides(package, main))
        case _:
            raise UnreadableError(Problem.DAMAGED)
