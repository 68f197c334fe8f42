"""Sheets are read with a line for each row, and with values as Excel shows them."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from doubles.files import changed
from parley.extraction import Problem

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")


@pytest.fixture
def book() -> Workbook:
    return Workbook()


@pytest.fixture
def sheet(book: Workbook) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "One"
    return sheet


def saved(book: Workbook, *changes: tuple[str, str], without: str = "-") -> bytes:
    file = BytesIO()
    book.save(file)
    return changed(file.getvalue(), *changes, without=without)


def test_sheets_are_read_in_order(text_of, book: Workbook, sheet: Worksheet):
    sheet.append(["Item", "Sum"])
    sheet.append(["Rent", 1200])
    book.create_sheet("Empty")
    hidden = book.create_sheet("Three")
    hidden["A1"] = "secret"
    hidden.sheet_state = "hidden"

    assert text_of(saved(book), "xlsx") == "Sheet: One\nItem | Sum\nRent | 1200\n\nSheet: Three (hidden)\nsecret"


@pytest.mark.parametrize(
    ("value", "format", "shown"),
    [
        (0.1 + 0.2, "General", "0.3"),
        (0.25, "0%", "25%"),
        (0.125, "0.0 %", "12.5%"),
        (1234.5, '#,##0.00 "days"', "1234.5"),
        (date(2026, 1, 31), "dd.mm.yyyy", "2026-01-31"),
        (datetime(2026, 1, 31, 12, 30), "yyyy-mm-dd h:mm", "2026-01-31 12:30:00"),  # noqa: DTZ001
        (timedelta(hours=30), "[h]:mm", "1 day, 6:00:00"),
        (True, "General", "TRUE"),
        ("#N/A", "General", "#N/A"),
        ("=SUM(A1:A2)", "General", "=SUM(A1:A2)"),
        ("two\nlines", "General", "two lines"),
        (123456789012345, "General", "123456789012345"),
    ],
)
def test_cells_are_read_as_they_are_shown(
    text_of, book: Workbook, sheet: Worksheet, value: object, format: str, shown: str
):
    sheet["A1"] = value  # pyright: ignore
    sheet["A1"].number_format = format

    assert text_of(saved(book), "xlsx") == f"Sheet: One\n{shown}"


def test_what_a_formula_came_to_is_read(text_of, book: Workbook, sheet: Worksheet):
    sheet["A1"] = "=1+1"

    assert text_of(saved(book, ("<v></v>", "<v>2</v>"), ("<v />", "<v>2</v>"), ("<v/>", "<v>2</v>")), "xlsx") == (
        "Sheet: One\n2"
    )


def test_cells_keep_their_columns(text_of, book: Workbook, sheet: Worksheet):
    sheet["A1"], sheet["D1"], sheet["XFD1048576"] = "a", "d", "far"

    lines = text_of(saved(book), "xlsx").split("\n")

    assert lines[1] == "a |  |  | d" and lines[2].endswith("| far") and len(lines[2]) < 200


def test_cells_without_references_follow_each_other(text_of, book: Workbook, sheet: Worksheet):
    sheet.append(["a", "b"])

    assert text_of(saved(book, (' r="A1"', ""), (' r="B1"', "")), "xlsx") == "Sheet: One\na | b"


def test_a_comment_in_a_text_costs_nothing(text_of, book: Workbook, sheet: Worksheet):
    sheet["A1"] = "900 euros"
    sheet["A2"] = 1234

    data = saved(book, ("900 euros", "900 <!-- no -->euros<?no?>"), ("<v>1234", "<v>12<!-- no -->34"))

    assert text_of(data, "xlsx") == "Sheet: One\n900 euros\n1234"


def test_dates_of_a_mac_are_read(text_of, book: Workbook, sheet: Worksheet):
    book.epoch = CALENDAR_MAC_1904
    sheet["A1"] = date(2026, 1, 31)

    assert text_of(saved(book), "xlsx") == "Sheet: One\n2026-01-31"


def test_comments_and_charts_are_read(text_of, book: Workbook, sheet: Worksheet):
    sheet["A1"] = "Rent"
    sheet["A1"].comment = Comment("Too much", "Ada")
    chart = BarChart()
    chart.title = "Costs"
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=1))
    sheet.add_chart(chart, "C1")

    assert text_of(saved(book), "xlsx") == "Sheet: One\nRent\n\nCosts\n\nComment on A1: Too much"


def test_strict_open_xml_is_read(text_of, book: Workbook, sheet: Worksheet):
    sheet.append(["a", 0.5])
    sheet["B1"].number_format = "0%"

    data = saved(
        book,
        ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    )

    assert text_of(data, "xlsx") == "Sheet: One\na | 50%"


@pytest.mark.parametrize("part", ["styles", "theme", "docProps", "calcChain"])
def test_parts_without_text_may_be_missing(text_of, book: Workbook, sheet: Worksheet, part: str):
    sheet["A1"] = 7

    assert text_of(saved(book, without=part), "xlsx") == "Sheet: One\n7"


def test_a_missing_sheet_is_told(doubtful_text_of, book: Workbook, sheet: Worksheet):
    sheet["A1"] = 7
    book.create_sheet("Two")["A1"] = 8

    assert doubtful_text_of(saved(book, without="sheet1.xml"), "xlsx") == ("Sheet: Two\n8", [Problem.INCOMPLETE])


def test_a_sheet_that_ends_early_is_read_so_far(doubtful_text_of, book: Workbook, sheet: Worksheet):
    for number in range(9):
        sheet.append([number])

    text, problems = doubtful_text_of(saved(book, ('<row r="7"', "<row r=")), "xlsx")

    assert text == "Sheet: One\n0\n1\n2\n3\n4\n5" and problems == [Problem.INCOMPLETE]


def test_only_as_much_as_is_wanted_is_read(text_of, book: Workbook, sheet: Worksheet):
    for _ in range(1000):
        sheet.append(["word"] * 5)

    assert len(text_of(saved(book), "xlsx", 100)) == 100


@pytest.mark.parametrize("extension", ["xlsx", "pptx", "docx"])
def test_a_password_is_told(problem_of, extension: str):
    assert problem_of(COMPOUND, extension) == Problem.ENCRYPTED


def test_the_content_decides_not_the_name(text_of, book: Workbook, sheet: Worksheet):
    sheet["A1"] = "Hello"

    assert text_of(saved(book), "txt") == "Sheet: One\nHello"


def test_a_book_without_text_is_told(problem_of, book: Workbook):
    assert problem_of(saved(book), "xlsx") == Problem.WITHOUT_TEXT
