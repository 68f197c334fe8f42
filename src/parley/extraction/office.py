"""The text of an Office file: Word, Excel or PowerPoint, as its main part tells."""

from .extracted import Extracted
from .package import Package, local
from .problems import Problem, UnreadableError


def read_office(data: bytes, extracted: Extracted) -> None:
    """Take the text of an Office file."""
    package = Package(data, report_missing=lambda: extracted.note(Problem.INCOMPLETE))
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
