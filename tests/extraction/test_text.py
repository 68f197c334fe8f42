"""Whatever is text is read as text, in whatever encoding."""

import json

import pytest

from parley.extraction import Problem

EXTENSIONS = "py js c sh sql xml yaml tsv jsonl ini properties vtt ics toml log conf rst tex".split()


@pytest.mark.parametrize("extension", [*EXTENSIONS, "", "unheardof"])
def test_source_and_data_are_read_as_they_are(text_of, extension: str):
    assert text_of(b"a = 1\n\tb: <c>\n", extension) == "a = 1\n\tb: <c>\n"


class TestMail:
    def test_is_read_with_what_is_attached(self, doubtful_text_of):
        mail = (
            "From: ada@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Other: x\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Sch=F6n <b>hier</b></p><p>Ada</p>\r\n--B\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: attachment; filename=n.txt\r\n\r\nNote\r\n"
            "--B\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=r.pdf\r\n\r\n%PDF\r\n"
            "--B--\r\n"
        )

        text, problems = doubtful_text_of(mail.encode(), "eml")

        assert text == (
            "From: ada@example.com\nSubject: Grüße\n\nSchön hier\nAda\n\nn.txt:\nNote\n\nAttached, not read: r.pdf"
        )
        assert problems == [Problem.INCOMPLETE]

    def test_may_be_plain(self, text_of):
        assert text_of(b"Subject: Hi\n\nHello\n", "eml") == "Subject: Hi\n\nHello\n"

    def test_of_an_unknown_encoding_is_read(self, text_of):
        assert "Hello" in text_of(b"Content-Type: text/plain; charset=nonsense\n\nHello\n", "eml")


class TestRtf:
    @pytest.mark.parametrize("extension", ["rtf", "doc", "docx", "txt"])
    def test_is_read(self, text_of, extension: str):
        file = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Gr\'fc\'dfe aus \b M\u252?nchen\b0\par Ada}"

        assert text_of(file, extension) == "Grüße aus München\nAda"


class TestHtml:
    PAGE = (
        "<!DOCTYPE html><html><head><title>T</title><script>bad()</script></head><body><p>M&uuml;ller</p></body></html>"
    )

    def test_is_read_with_its_tags_if_it_is_short(self, text_of):
        assert text_of(self.PAGE.encode(), "html") == self.PAGE

    def test_is_read_without_its_tags_if_it_is_long(self, text_of):
        assert text_of(self.PAGE.encode(), "html", 50) == "T\nMüller"

    @pytest.mark.parametrize(
        "declared", ['<meta charset="iso-8859-2">', "<meta content='text/html; charset=iso-8859-2'>"]
    )
    def test_may_declare_its_encoding(self, text_of, declared: str):
        page = f"<html>{declared}<p>Łódź</p></html>"

        assert text_of(page.encode("iso-8859-2"), "html") == page


def test_xml_may_declare_its_encoding(text_of):
    text = '<?xml version="1.0" encoding="windows-1251"?><a>Привет</a>'

    assert text_of(text.encode("cp1251"), "xml") == text


def test_a_text_about_other_kinds_is_no_such_file(text_of):
    assert text_of(b'KINDS = [b"%PDF-", b"PK", b"{rtf"]\n', "py") == 'KINDS = [b"%PDF-", b"PK", b"{rtf"]\n'


def test_a_long_notebook_is_read_without_its_pictures(text_of):
    cell = {"source": ["a = 1\n", "a"], "outputs": [{"data": {"text/plain": ["1"], "image/png": "x" * 500}}]}
    notebook = json.dumps({"cells": [{"source": "# Title"}, cell]})

    assert text_of(notebook.encode(), "ipynb") == notebook
    assert text_of(notebook.encode(), "ipynb", 100) == "# Title\n\na = 1\na\n\n1"


class TestEncoding:
    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
    @pytest.mark.parametrize("text", ["name;city\nJürgen;Köln\n", "商品名,単価\nノート,120\n", "a\n"])  # noqa: RUF001
    def test_without_a_mark_is_found(self, text_of, encoding: str, text: str):
        assert text_of(text.encode(encoding), "csv") == text

    @pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32"])
    def test_with_a_mark_is_read(self, text_of, mark: str):
        assert text_of("Köln".encode(mark), "txt") == "Köln"

    @pytest.mark.parametrize(
        ("encoding", "text"),
        [
            ("koi8-r", "Товар;Цена;Количество\nБумага;250;10\n"),  # noqa: RUF001
            ("iso8859-5", "Товар;Цена;Количество\nБумага;250;10\n"),  # noqa: RUF001
            ("cp1257", "Vardas;Miestas\nŽydrūnas Šešelgis;Šiauliai\nGiedrė Čepaitė;Panevėžys\n"),
            ("cp1250", "Ime;Grad\nŽeljko Čović;Šibenik\nĐurđa Šarić;Čakovec\n"),
            ("cp1250", "Jméno;Město\nJiří Dvořák;Plzeň\nTomáš Černý;Ústí nad Labem\n"),
            ("cp1252", "Temp\n21 °C\n25 °C\n"),
            ("cp1252", "Price\n5 € – “ok”\n"),  # noqa: RUF001
            ("cp850", "Straße;Größe\nMüller;Köln\n"),
            ("cp866", "Товар;Цена;Количество\nБумага;250;10\n"),  # noqa: RUF001
            ("mac-roman", "Größe;Länge\nMünchen;Köln\n"),
            ("cp932", "ブルガリア語\nアカン語\nシリア\n"),
            ("euc-jp", "ブルガリア語\nアカン語\nシリア\n"),
        ],
    )
    def test_of_old_is_guessed(self, doubtful_text_of, encoding: str, text: str):
        assert doubtful_text_of(text.encode(encoding), "csv")[0] == text

    @pytest.mark.parametrize("data", [b"\xe6", b"\xfc \xb1 1\n", "ěš".encode("cp852")])
    def test_that_cannot_be_told_is_noted(self, doubtful_text_of, data: bytes):
        assert doubtful_text_of(data, "csv")[1] == [Problem.MISREAD]

    @pytest.mark.parametrize("bad", [b"\x81", b"\xff", b"\xc3", b"\xe6\x97"])
    def test_with_a_bad_byte_is_read_with_a_note(self, doubtful_text_of, bad: bytes):
        text, problems = doubtful_text_of(b"Hello, this is a log.\n" + bad + b" and so on\n", "log")

        assert text.startswith("Hello, this is a log.\n") and text.endswith(" and so on\n")
        assert problems == [Problem.MISREAD]

    @pytest.mark.parametrize(
        "data", [b"begun\n\0\0\0\0ended\n", b"begun\nended\n" + bytes(4096), bytes(512) + b"begun\nended\n"]
    )
    def test_with_zeros_is_read(self, text_of, data: bytes):
        assert text_of(data, "log").replace("\0", "") == "begun\nended\n"

    @pytest.mark.parametrize("length", [99_999, 100_000, 100_001, 300_000])
    def test_of_a_text_without_blanks_is_guessed_from_its_beginning(self, doubtful_text_of, length: int):
        assert doubtful_text_of(b"\x81\x8d\x8f\x90\x9d\xe9" * (length // 6) + b"a" * (length % 6), "txt")[0]


class TestWhatIsNoText:
    @pytest.mark.parametrize(
        "data",
        [
            b"\x7fELF\2\1\1" + bytes(9) + bytes(range(256)) * 9,
            b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + bytes(range(256)) * 9,
            bytes(range(256)) * 9,
            b"PK\x03\x04" + bytes(range(256)),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 9,
            b"SQLite format 3\0\x10\0\1\1\0@  \0\0\0\3" + bytes(range(64)) * 9,
        ],
    )
    @pytest.mark.parametrize(("extension", "problem"), [("", Problem.OF_OTHER_KIND), ("txt", Problem.DAMAGED)])
    def test_is_told(self, problem_of, data: bytes, extension: str, problem: Problem):
        assert problem_of(data, extension) == problem

    @pytest.mark.parametrize("data", [b"", b" \n", b"\0\0\0\0", "\ufeff".encode()])
    def test_is_told_if_it_is_empty(self, problem_of, data: bytes):
        assert problem_of(data, "txt") == Problem.EMPTY
