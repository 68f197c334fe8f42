"""Files from practice reach the model with all their text and the right letters."""

from pathlib import Path

import pytest

from doubles.bot import Bot, attached_file
from doubles.file_server import FileServer
from doubles.lines import line
from doubles.model_server import ModelServer

pytestmark = pytest.mark.process

CASES = Path(__file__).parents[1] / "cases"

GERMAN = "Jürgen;Köln"
POLISH = "Łukasz;Łódź\n日本;東京"

TEXTS = {
    "files/euc-jp.txt": "これは会社の年次報告書です。よろしくお願いします。\n",
    "files/form.pdf": "Surname:\n\nsurname: NESTOR\nagrees: Yes\ncountry: Norway",
    "files/german-cp1252.csv": "Name;Straße;Größe\nJürgen Müller;Königsallee;1,85\n",
    "files/header.docx": "IN-HEADER\n\nBODY\n\nIN-FOOTER",
    "files/hebrew-cp1255.txt": "שלום עולם, זה המסמך של החברה שלנו לשנת הכספים\n",
    "files/korean-cp949.csv": "이름,부서,급여\n김철수,영업부,3200\n이영희,인사부,2900\n박민수,개발부,4100\n",
    "files/korean-utf8.csv": "이름,부서,급여\n김철수,영업부,3200\n이영희,인사부,2900\n박민수,개발부,4100\n",
    "files/latin-utf8-bom.json": '{"name": "Jürgen"}',
    "files/links.docx": "see LINK-TEXT\n\n1. first\n\n2. second\n\nFormula E=mc2",
    "files/mac-roman.csv": "Name;Größe\nJürgen Müller;Köln\n",
    "files/note.pdf": "Contract text\n\nREVIEWER-COMMENT",
    "files/null-image.docx": "STRICT-TEXT",
    "files/polish-cp1250.csv": "Imię;Miasto\nZażółć gęślą jaźń;Łódź\n",
    "files/sdt.docx": (
        "OUTSIDE\n\nINSIDE-BLOCK-CONTROL\n\nClient: INSIDE-INLINE-CONTROL\n\nDate | INSIDE-CELL-CONTROL"
        "\n\nINSIDE-TABLE-CONTROL"
    ),
    "files/tracked.docx": "The price is NEW-PRICE per year.\n\nMOVED-HERE\n\nSMART-TAG then FIELD-RESULT",
    "files/turkish-cp1254.csv": (
        "İsim;Şehir;Maaş\nAyşe Yıldız;İstanbul;1200\nGökçe Öğüt;Eskişehir;1500\n"  # noqa: RUF001
    ),
    "files/utf16-bom.csv": f"name;city\n{GERMAN}\n",
    "files/utf16le-nobom.csv": f"name;city\n{GERMAN}\n",
    "files/utf32.txt": "Jürgen, Köln\n",
    "foreign/csv-arabic-cp1256.csv": "الاسم,المدينة\nمحمد علي,القاهرة\n",
    "foreign/csv-greek-cp1253.csv": "Όνομα,Πόλη\nΓιώργος Παπαδόπουλος,Θεσσαλονίκη\n",  # noqa: RUF001
    "foreign/csv-hebrew-cp1255.csv": "שם,עיר\nדוד כהן,ירושלים\n",  # noqa: RUF001
    "foreign/csv-hungarian-cp1250.csv": "Név,Cím\nSzőke Győző,Esztergom\nKovács Erzsébet,Győr\n",
    "foreign/csv-korean-cp949.csv": "이름,금액\n홍길동,1000\n서울특별시 강남구,2000\n",
    "foreign/csv-thai-cp874.csv": "ชื่อ,เมือง\nสมชาย ใจดี,กรุงเทพมหานคร\n",
    "foreign/csv-turkish-cp1254.csv": "Ad,Şehir\nAyşe Yılmaz,İstanbul\nÇağrı Gül,Eskişehir\n",  # noqa: RUF001
    "foreign/docx-content-control.docx": ("Visible paragraph.\n\nContract sum: 48,000 euros.\n\nCustomer: Contoso Ltd"),
    "foreign/docx-missing-part.docx": "Visible paragraph.",
    "foreign/docx-strict.docx": "Visible paragraph.",
    "foreign/docx-text-box.docx": "Visible paragraph.\n\nTotal due: 1,234.56",
    "foreign/docx-tracked-insertion.docx": "Visible paragraph.\n\nThe notice period is six months.",
    "foreign/pdf-form.pdf": "Days of leave wanted:\n\ndays: fourteen",
    "foreign/pdf-free-text.pdf": "Typed with the typewriter",
    "foreign/txt-japanese-euc-jp.txt": "日本語のテキストです。\n東京都港区の会議室。\n",
}


async def show(bot: Bot, files: FileServer, name: str) -> str:
    path = CASES / name
    return await bot.personal().show("Read this.", attached_file(files.put(path.name, path.read_bytes()), path.name))


@pytest.mark.parametrize("name", TEXTS)
async def test_file_reaches_the_model_whole(bot: Bot, files: FileServer, model: ModelServer, name: str):
    reply = await show(bot, files, name)

    [question] = [content for role, content in model.messages() if role == "user"]
    assert TEXTS[name] in question
    assert reply in ("OK.", "OK.\n\n" + line("attachment-misread", names=f"`{Path(name).name}`"))


async def test_one_bad_byte_does_not_damage_a_file(bot: Bot, files: FileServer, model: ModelServer):
    reply = await show(bot, files, "files/utf8-one-bad-byte.csv")

    assert f"name;city\nJürgen Müller;Köln\n{POLISH}\nBad;\ufffd\n" in model.messages()[-1][1]
    assert reply == "OK.\n\n" + line("attachment-misread", names="`utf8-one-bad-byte.csv`")


async def test_a_picture_of_one_dot_is_shown(bot: Bot, files: FileServer, model: ModelServer):
    assert await show(bot, files, "files/dot.png") == "OK."

    assert model.last["messages"][-1]["content"][1]["type"] == "image_url"


def test_all_files_are_tried():
    tried = {*TEXTS, "files/utf8-one-bad-byte.csv", "files/dot.png"}

    assert {path.relative_to(CASES).as_posix() for path in (CASES / "files").iterdir()} <= tried
