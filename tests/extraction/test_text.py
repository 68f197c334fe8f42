"""Text files are read in all encodings."""

import json

import pytest

from parley.extraction import Problem

EXTENSIONS = "py js c sh sql xml yaml tsv jsonl ini properties vtt ics toml log conf rst tex".split()


@pytest.mark.parametrize("extension", [*EXTENSIONS, "", "unheardof"])
def test_source_and_data_are_read_as_they_are(text_of, extension: str):
    assert text_of(b"a = 1\n\tb: <c>\n", extension) == "a = 1\n\tb: <c>\n"


# Control characters, bare and as references. A text keeps no NUL.
CONTROLS = [*map(chr, (0, 1, 7, 8, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x85)), "&#12;", "&#x1b;", "&#1;", "&#0;"]


def multipart(kind: str, *parts: tuple[str, str], boundary: str = "B") -> bytes:
    """A mail with parts, each of a media type and a text."""
    texts = (f"--{boundary}\nContent-Type: {media_type}\n\n{text}\n" for media_type, text in parts)
    header = f"Subject: Hi\nContent-Type: multipart/{kind}; boundary={boundary}\n\n"
    return f"{header}{''.join(texts)}--{boundary}--\n".encode()


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

    def test_with_a_blank_plain_body_is_read_from_its_html(self, text_of):
        parts = ("text/plain", " \n"), ("text/html", "<p>The budget is <b>900</b> euros.</p>")

        assert text_of(multipart("alternative", *parts), "eml") == "Subject: Hi\n\nThe budget is 900 euros."

    def test_is_read_once_if_its_bodies_are_alternatives(self, text_of):
        parts = ("text/html", "<p>In HTML</p>"), ("text/plain", "In words")

        assert text_of(multipart("alternative", *parts), "eml").split() == "Subject: Hi In words".split()

    def test_is_read_whole_if_text_follows_what_is_attached(self, text_of):
        parts = ("text/plain", "Before"), ("text/html", "<p>Between</p>"), ("text/plain", "After")

        assert text_of(multipart("mixed", *parts), "eml").split() == "Subject: Hi Before Between After".split()

    @pytest.mark.parametrize("kind", ["application/pdf", "application/pkcs7-mime; name=smime.p7m"])
    @pytest.mark.parametrize("container", [None, "alternative", "mixed", "mixed in mixed"])
    def test_without_a_readable_body_is_told(self, doubtful_text_of, kind: str, container: str | None):
        part = (kind, "Content-Transfer-Encoding: base64\n\nAAAA")
        if container is None:
            mail = f"Subject: Hi\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\nAAAA\n".encode()
        else:
            mail = multipart(container.split()[0], part)
        if container == "mixed in mixed":
            mail = multipart("mixed", ("text/plain", "Hello")).replace(b"text/plain", b"multipart/mixed; boundary=C")
            mail = mail.replace(b"Hello", f"--C\nContent-Type: {kind}\n\nAAAA\n--C--".encode())

        text, problems = doubtful_text_of(mail, "eml")

        name = "smime.p7m" if "name" in kind else kind
        assert text.strip() == f"Subject: Hi\n\nAttached, not read: {name}"
        assert problems == [Problem.INCOMPLETE]

    def test_that_is_an_invitation_is_read(self, text_of):
        mail = b"Subject: Hi\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nSUMMARY:Lunch\n"

        assert "SUMMARY:Lunch" in text_of(mail, "eml")

    def test_with_a_file_beside_its_html_only_names_the_file(self, doubtful_text_of):
        html = multipart("mixed", ("text/html", "<p>Hi</p>"), ("application/pdf; name=a.pdf", "AAAA"), boundary="C")
        kind, _, body = html.decode().partition("\n")[2].partition("\n\n")
        mail = multipart("alternative", ("text/plain", "Hi"), (kind.removeprefix("Content-Type: "), body))

        text, problems = doubtful_text_of(mail, "eml")

        assert text.split("\n\n")[1:] == ["Hi", "Attached, not read: a.pdf"]
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

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (rb"{\header \pard Secret\par}Body", "Secret\n\nBody"),
            (rb"{\headerf First}{\footerr 1}Body", "First\n\n1\nBody"),
            (
                rb"900 euros{\super\chftn}{\footnote \pard {\super\chftn} net \{approx\}} each",
                "900 euros [footnote:  net {approx}] each",
            ),
            (rb"900 euros{\*\annotation {\*\atndate 1}gross?} each", "900 euros [comment: gross?] each"),
            (rb"A{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt In a box}}{\shprslt old}}B", "A\nIn a box\nB"),
        ],
    )
    def test_is_read_with_what_is_beside_its_body(self, text_of, body: bytes, text: str):
        assert text_of(rb"{\rtf1\ansi " + body + b"}", "rtf").strip() == text


class TestHtml:
    PAGE = (
        "<!DOCTYPE html><html><head><title>T</title><script>bad()</script></head><body><p>M&uuml;ller</p></body></html>"
    )

    def test_is_read_with_its_tags_if_it_is_short(self, text_of):
        assert text_of(self.PAGE.encode(), "html") == self.PAGE

    def test_is_read_without_its_tags_if_it_is_long(self, text_of):
        assert text_of(self.PAGE.encode(), "html", 50) == "T\nMüller"

    @pytest.mark.parametrize("control", CONTROLS, ids=repr)
    def test_may_have_control_characters(self, text_of, control: str):
        words, c = "words " * 20, control
        page = f"<!DOCTYPE html><style>{words}</style><p>{c}The {c}budget{c}</p>{c}<p>is 900{c} euros.</p>"

        assert "".join(filter(str.isalnum, text_of(page.encode(), "html", 50))) == "Thebudgetis900euros"

    def test_is_read_behind_a_very_long_text_or_attribute(self, text_of):
        long = "x" * 11_000_000
        page = f"<html><img src='data:{long}'><!-- {long} --><p>{long}</p><p>last words</p></html>"

        assert text_of(page.encode(), "html", 20_000_000).endswith("x\nlast words")

    def test_is_read_with_a_note_if_its_elements_are_too_deep(self, doubtful_text_of):
        page = "<html><p>first words</p>" + "<div>" * 5000 + "last words"

        assert doubtful_text_of(page.encode(), "html") == ("first words", [Problem.INCOMPLETE])

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
    @pytest.mark.parametrize(("extension", "problem"), [("", Problem.UNSUPPORTED), ("txt", Problem.DAMAGED)])
    def test_is_told(self, problem_of, data: bytes, extension: str, problem: Problem):
        assert problem_of(data, extension) == problem

    @pytest.mark.parametrize("data", [b"", b" \n", b"\0\0\0\0", "\ufeff".encode()])
    def test_is_told_if_it_is_empty(self, problem_of, data: bytes):
        assert problem_of(data, "txt") == Problem.EMPTY
