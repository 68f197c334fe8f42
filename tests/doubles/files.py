"""Real files of each kind, made when they are needed."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def picture(format: str, size: tuple[int, int] = (60, 40), color: str = "teal", **options: Any) -> bytes:
    """A picture of one color; the options are those that Pillow saves the format with."""
    return save(Image.new("RGB", size, color), format, **options)


def save(image: Image.Image, format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with a line of text on each page, or with nothing on it; with a password it is encrypted."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(595, 842)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b"")
        page[NameObject("/Contents")] = content
    if password is not None:
        writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def word(*paragraphs: str, table: Sequence[Sequence[str]] = (), merged: int = 1) -> bytes:
    """A Word file with these paragraphs and, after the first, a table; `merged` is how many cells of its first row are
    one."""
    document = docx.Document()
    for place, paragraph in enumerate(paragraphs):
        document.add_paragraph(paragraph)
        if place == 0 and table:
            grid = document.add_table(rows=len(table), cols=len(table[0]))
            for row, texts in zip(grid.rows, table, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
            if merged > 1:
                grid.cell(0, 0).merge(grid.cell(0, merged - 1))
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def word_bomb() -> bytes:
    """A Word file of less than a megabyte that comes to half a gigabyte when it is unpacked."""
    file = BytesIO(word("Hello"))
    with ZipFile(file, "a", ZIP_DEFLATED) as archive, archive.open("word/media/image1.bmp", "w") as member:
        for _ in range(512):
            member.write(bytes(1024 * 1024))
    return file.getvalue()
