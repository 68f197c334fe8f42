"""A PDF is read with its form and its annotations, and unreadable pages are reported."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from doubles.files import pdf
from parley.extraction import Problem


def changed(change: Callable[[PdfWriter], object], *pages: str) -> bytes:
    """A PDF with a change."""
    writer = PdfWriter(clone_from=BytesIO(pdf(*(pages or ("One.", "Two.", "Three.")))))
    change(writer)
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def annotated(annotation: dict[str, Any]) -> bytes:
    """A PDF with an annotation on its first page."""
    made = DictionaryObject({NameObject(f"/{key}"): found for key, found in annotation.items()})

    def annotate(writer: PdfWriter) -> None:
        writer.pages[0][NameObject("/Annots")] = ArrayObject([made])

    return changed(annotate, "Form")


def name(text: str) -> NameObject:
    return NameObject(f"/{text}")


def words(*texts: str) -> ArrayObject:
    return ArrayObject(map(TextStringObject, texts))


def field(kind: str, **values: Any) -> dict[str, Any]:
    return {"Subtype": name("Widget"), "FT": name(kind), "T": TextStringObject("x"), **values}


FIELDS = {
    "text": (field("Tx", V=TextStringObject("Ada")), "x: Ada"),
    "long name": (field("Tx", V=TextStringObject("Ada"), TU=TextStringObject("Your name")), "Your name: Ada"),
    "parent": (
        {
            "Subtype": name("Widget"),
            "T": TextStringObject("b"),
            "Parent": DictionaryObject(
                {name("FT"): name("Tx"), name("T"): TextStringObject("a"), name("V"): TextStringObject("Ada")}
            ),
        },
        "a.b: Ada",
    ),
    "tick": (field("Btn", V=name("Yes")), "x: Yes"),
    "no tick": (field("Btn", V=name("Off")), ""),
    "choice": (field("Ch", V=TextStringObject("no"), Opt=ArrayObject([words("no", "Norway")])), "x: Norway"),
    "choices": (field("Ch", V=words("tea", "rum")), "x: tea, rum"),
    "password": (field("Tx", V=TextStringObject("secret"), Ff=NumberObject(1 << 13)), ""),
    "empty": (field("Tx", V=TextStringObject("")), ""),
}


@pytest.mark.parametrize("kind", FIELDS)
def test_fields_are_read(text_of, kind: str):
    annotation, line = FIELDS[kind]

    assert text_of(annotated(annotation), "pdf").removeprefix("Form").strip() == line


@pytest.mark.parametrize(
    ("kind", "line"), [("FreeText", "Typed"), ("Text", "Note: Typed"), ("Highlight", "Note: Typed"), ("Popup", "")]
)
def test_notes_are_read(text_of, kind: str, line: str):
    annotation: dict[str, Any] = {"Subtype": name(kind), "Contents": TextStringObject("Typed")}

    assert text_of(annotated(annotation), "pdf").removeprefix("Form").strip() == line


def stream(data: bytes, filter: str = "") -> StreamObject:
    made = DecodedStreamObject()
    made.set_data(data)
    if filter:
        made[NameObject("/Filter")] = NameObject(filter)
    return made


DAMAGES: dict[str, Callable[[PdfWriter], object]] = {
    "compression": lambda writer: writer.pages[1].__setitem__(NameObject("/Contents"), stream(b"?", "/FlateDecode")),
    "filter": lambda writer: writer.pages[1].__setitem__(NameObject("/Contents"), stream(b"?", "/New")),
    "content": lambda writer: writer.pages[1].__setitem__(NameObject("/Contents"), NumberObject(7)),
    "no content": lambda writer: writer.pages[1].__setitem__(NameObject("/Contents"), IndirectObject(999, 0, writer)),
    "fonts": lambda writer: writer.pages[1].__setitem__(NameObject("/Resources"), NumberObject(7)),
    "no page": lambda writer: writer.root_object["/Pages"]["/Kids"].__setitem__(1, NullObject()),  # pyright: ignore
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bad_page_costs_that_page_alone(doubtful_text_of, damage: str):
    text, problems = doubtful_text_of(changed(DAMAGES[damage]), "pdf")

    assert text == "One.\n\nThree." and problems == [Problem.INCOMPLETE]


def test_a_scanned_page_among_others_is_told(doubtful_text_of):
    def scan(writer: PdfWriter) -> None:
        picture = stream(b"\0")
        picture[NameObject("/Subtype")] = NameObject("/Image")
        resources = DictionaryObject({NameObject("/XObject"): DictionaryObject({NameObject("/I"): picture})})
        writer.pages[1][NameObject("/Resources")] = resources

    assert doubtful_text_of(changed(scan, "One.", "", "Three."), "pdf") == ("One.\n\nThree.", [Problem.INCOMPLETE])


def test_an_empty_page_is_nothing_to_tell(text_of):
    assert text_of(pdf("One.", "", "Three."), "pdf") == "One.\n\nThree."


@pytest.mark.parametrize(
    "text", ["Please read all of this.", "1 2 3 4 5 6 7 8 9 10 11 12", "A b", "x" * 400, "0123456789abcdef" * 9]
)
def test_clear_text_is_nothing_to_tell(text_of, text: str):
    assert text_of(pdf(text), "pdf") == text


def test_a_font_that_tells_no_letters_is_noticed(doubtful_text_of):
    def change(writer: PdfWriter) -> None:
        font = writer.pages[0]["/Resources"]["/Font"]["/F1"]  # pyright: ignore
        font[NameObject("/Subtype")] = NameObject("/Type0")
        font[NameObject("/Encoding")] = NameObject("/Identity-H")

    assert doubtful_text_of(changed(change, "One two."), "pdf")[1] == [Problem.MISREAD]


@pytest.mark.parametrize(
    "text",
    [
        "/three.os/one.os/four.os",
        "/g12/g47/g3 and so on",
        "P l e a s e r e a d t h i s",
        "Thenoticeperiodissixmonths" * 4,
        "(cid:12)(cid:7)(cid:9)",
    ],
)
def test_garbled_text_is_noticed(doubtful_text_of, text: str):
    escaped = text.replace("(", "\\\\(").replace(")", "\\\\)") if "(" in text else text

    assert Problem.MISREAD in doubtful_text_of(pdf(escaped.replace("\\\\", "\\")), "pdf")[1]
