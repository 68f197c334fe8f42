"""Real files of each kind, made by the tests that need them."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def picture(format: str, size: tuple[int, int] = (60, 40), color: str = "teal", **options: Any) -> bytes:
    """A picture of one color; the options are those of Pillow for the format."""
    return save(Image.new("RGB", size, color), format, **options)


def save(image: Image.Image, format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with one line of text on each page; an empty text makes an empty page. A password encrypts the PDF."""
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
    """A Word file with these paragraphs, and a table after the first. The first `merged` cells of the table are one."""
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
    """A Word file of less than a megabyte, half a gigabyte unpacked."""
    file = BytesIO(word("Hello"))
    with ZipFile(file, "a", ZIP_DEFLATED) as archive, archive.open("word/media/image1.bmp", "w") as member:
        for _ in range(512):
            member.write(bytes(1024 * 1024))
    return file.getvalue()


_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    f' xmlns:r="{_RELATIONS}"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    ' xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
)


def office(main: str, root: str, content: str, **related: str) -> bytes:
    """An Office file of bare XML.

    Args:
        main: the name of its main part, for example `word/document.xml`.
        root: the name of its root element.
        content: the content of that element.
        related: more parts with their root elements, by the type of their relationship, which is also its id.
    """
    folder, _, name = main.rpartition("/")
    relations = "".join(
        f'<Relationship Id="{kind}" Type="{_RELATIONS}/{kind}" Target="{kind}.xml"/>' for kind in related
    )
    members = {
        "_rels/.rels": _relationships(f'<Relationship Id="1" Type="{_RELATIONS}/officeDocument" Target="{main}"/>'),
        main: f"<{root} {_NAMESPACES}>{content}</{root}>",
        f"{folder}/_rels/{name}.rels": _relationships(relations),
        **{f"{folder}/{kind}.xml": xml.replace(" ", f" {_NAMESPACES} ", 1) for kind, xml in related.items() if xml},
    }
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for member, xml in members.items():
            archive.writestr(member, xml)
    return file.getvalue()


def word_xml(body: str, **related: str) -> bytes:
    """A Word file whose body is bare XML; see `office`."""
    return office("word/document.xml", "w:document", f"<w:body>{body}</w:body>", **related)


def changed(data: bytes, *changes: tuple[str, str], only: str = "", without: str = "-") -> bytes:
    """An Office file with texts replaced, and without some parts.

    Args:
        data: the original file.
        changes: pairs of an old and a new text.
        only: part of the names of the parts to change; there only the first occurrence is replaced.
        without: part of the names of the parts to remove.
    """
    file = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for before, after in changes if only in name else ():
                content = content.replace(before.encode(), after.encode(), 1 if only else -1)
            if without not in name:
                new.writestr(name, content)
    return file.getvalue()


def _relationships(relations: str) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{relations}</Relationships>'
