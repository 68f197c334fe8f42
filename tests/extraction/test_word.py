"""All text of a Word file is read, from all parts of the file."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from doubles.files import changed, word, word_xml
from parley.extraction import Problem


def p(text: str, *, before: str = "") -> str:
    return f"<w:p>{before}<w:r><w:t>{text}</w:t></w:r></w:p>"


def r(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


BOX = f"<w:txbxContent>{p('In a box.')}</w:txbxContent>"

PLACES = {
    "content control": (
        f"<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{p('Sum')}</w:sdtContent></w:sdt>",
        "Sum",
    ),
    "control in a control": (
        f"<w:sdt><w:sdtContent><w:sdt><w:sdtContent>{p('Sum')}</w:sdtContent></w:sdt></w:sdtContent></w:sdt>",
        "Sum",
    ),
    "control around a row": (
        "<w:tbl><w:sdt><w:sdtContent><w:tr><w:tc>"
        + p("a")
        + "</w:tc><w:sdt><w:sdtContent><w:tc>"
        + p("b")
        + "</w:tc></w:sdtContent></w:sdt></w:tr></w:sdtContent></w:sdt></w:tbl>",
        "a | b",
    ),
    "custom XML": (f"<w:customXml>{p('Sum')}</w:customXml>", "Sum"),
    "tracked insertion": (
        f"<w:p><w:ins>{r('new')}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
        "new",
    ),
    "deleted insertion": (f"<w:p><w:ins><w:del>{r('old')}</w:del>{r('new')}</w:ins></w:p>", "new"),
    "move": (f"<w:p><w:moveFrom>{r('old')}</w:moveFrom><w:moveTo>{r('new')}</w:moveTo></w:p>", "new"),
    "deleted row": (
        f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>{p('old')}</w:tc></w:tr><w:tr><w:tc>{p('new')}</w:tc></w:tr></w:tbl>",
        "new",
    ),
    "text box of today": (
        f"<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx>{BOX}</wps:txbx></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{BOX}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>",
        "In a box.",
    ),
    "text box of old": (
        f"<w:p><w:r><w:t>Before.</w:t><w:pict><v:textbox>{BOX}</v:textbox></w:pict></w:r></w:p>",
        "Before.\n\nIn a box.",
    ),
    "box in a fallback": (
        f"<w:p><w:r><mc:AlternateContent><mc:Choice Requires='x'/><mc:Fallback><w:pict>{BOX}</w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>",
        "In a box.",
    ),
    "WordArt": ("<w:p><w:r><w:pict><v:shape><v:textpath string='DRAFT'/></v:shape></w:pict></w:r></w:p>", "DRAFT"),
    "smart tag": (f"<w:p><w:smartTag>{r('Oslo')}</w:smartTag></w:p>", "Oslo"),
    "link": (f"<w:p><w:hyperlink>{r('here')}</w:hyperlink></w:p>", "here"),
    "simple field": (f"<w:p><w:fldSimple w:instr='DATE'>{r('today')}</w:fldSimple></w:p>", "today"),
    "complex field": (
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>DATE</w:instrText></w:r>"
        f"<w:r><w:fldChar w:fldCharType='separate'/></w:r>{r('today')}</w:p>",
        "today",
    ),
    "ticked box": (
        "<w:p><w:r><w:fldChar><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r></w:p>",
        "☒",
    ),
    "chosen entry": (
        "<w:p><w:r><w:fldChar><w:ffData><w:ddList><w:result w:val='1'/><w:listEntry w:val='tea'/>"
        "<w:listEntry w:val='rum'/>"
        "</w:ddList></w:ffData></w:fldChar></w:r></w:p>",
        "rum",
    ),
    "formula": (
        "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>b</m:t></m:r></m:e>"
        "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den></m:f></m:oMath></w:p>",
        "(a)/(b^(2))",
    ),
    "phonetic guide": (
        f"<w:p><w:r><w:ruby><w:rt>{r('とう')}</w:rt><w:rubyBase>{r('東')}</w:rubyBase></w:ruby></w:r></w:p>",
        "東(とう)",
    ),
    "tab, break, hyphen": (
        "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>",
        "a\tb\nc-d",
    ),
    "symbol": ("<w:p><w:r><w:sym w:font='Wingdings' w:char='F0FC'/><w:t>done</w:t></w:r></w:p>", "•done"),
    "comment in a text": (p("900<!-- no --> euros<?no?> each"), "900 euros each"),
    "unknown element": (f"<w:new><w:newer>{p('Sum')}</w:newer></w:new>", "Sum"),
}


@pytest.mark.parametrize("place", PLACES)
def test_text_is_found(text_of, place: str):
    body, text = PLACES[place]

    assert text_of(word_xml(body), "docx") == text


def reference(kind: str, id: str) -> str:
    return f"<w:p><w:r><w:t>Sum</w:t></w:r><w:r><w:{kind}Reference w:id='{id}'/></w:r></w:p>"


@pytest.mark.parametrize("kind", ["footnote", "endnote", "comment"])
def test_notes_stand_where_they_belong(text_of, kind: str):
    notes = (
        f"<w:{kind}s w:x=''><w:{kind} w:id='1'>{p('net')}</w:{kind}><w:{kind} w:id='2'>{p('x')}</w:{kind}></w:{kind}s>"
    )

    assert text_of(word_xml(reference(kind, "1"), **{f"{kind}s": notes}), "docx") == f"Sum [{kind}: net]"


def test_headers_come_first_and_footers_last(text_of):
    section = "<w:sectPr><w:headerReference r:id='header'/><w:footerReference r:id='footer'/></w:sectPr>"
    parts = {kind: f"<w:x w:x=''>{p(kind)}</w:x>" for kind in ("header", "footer")}

    assert text_of(word_xml(p("Body") + section, **parts), "docx") == "header\n\nBody\n\nfooter"


class TestNumbers:
    LEVELS = (
        "<w:numbering w:x=''><w:abstractNum w:abstractNumId='7'>"
        "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/></w:lvl>"
        "<w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='lowerLetter'/><w:lvlText w:val='%1.%2)'/></w:lvl>"
        "<w:lvl w:ilvl='2'><w:numFmt w:val='bullet'/><w:lvlText w:val='x'/></w:lvl>"
        "<w:lvl w:ilvl='3'><w:start w:val='4'/><w:numFmt w:val='upperRoman'/><w:lvlText w:val='§ %4'/></w:lvl>"
        "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num><w:num w:numId='2'>"
        "<w:abstractNumId w:val='7'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='5'/></w:lvlOverride></w:num>"
        "</w:numbering>"
    )

    def item(self, text: str, level: int, id: int = 1) -> str:
        number = f"<w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{id}'/></w:numPr></w:pPr>"
        return p(text, before=number)

    def test_of_lists_are_counted(self, text_of):
        items = [("a", 0, 1), ("b", 1, 1), ("c", 1, 1), ("d", 0, 1), ("e", 1, 1), ("f", 2, 1), ("g", 3, 1), ("h", 0, 2)]

        text = text_of(word_xml("".join(self.item(*item) for item in items), numbering=self.LEVELS), "docx")

        assert text.split("\n\n") == ["1. a", "1.a) b", "1.b) c", "2. d", "2.a) e", "• f", "§ IV g", "5. h"]

    def test_may_come_with_a_style(self, text_of):
        styles = (
            "<w:styles w:x=''><w:style w:styleId='Child'><w:basedOn w:val='Base'/></w:style><w:style w:styleId='Base'>"
            "<w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr></w:style></w:styles>"
        )
        body = p("a", before="<w:pPr><w:pStyle w:val='Child'/></w:pPr>")

        assert text_of(word_xml(body, numbering=self.LEVELS, styles=styles), "docx") == "1. a"

    def test_zero_is_no_list(self, text_of):
        assert text_of(word_xml(self.item("a", 0, id=0), numbering=self.LEVELS), "docx") == "a"


def test_strict_open_xml_is_read(text_of):
    section = "<w:sectPr><w:headerReference r:id='header'/></w:sectPr>"
    file = word_xml(p("Body") + section, header=f"<w:hdr w:x=''>{p('Head')}</w:hdr>")
    strict = "http://purl.oclc.org/ooxml/officeDocument/relationships"

    data = changed(
        file,
        ("http://schemas.openxmlformats.org/officeDocument/2006/relationships", strict),
        (
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "http://purl.oclc.org/ooxml/wordprocessingml/main",
        ),
    )

    assert text_of(data, "docx") == "Head\n\nBody"


@pytest.mark.parametrize("kind", ["template.main", "document.macroEnabled.main", "nonsense"])
def test_the_content_type_does_not_matter(text_of, kind: str):
    assert text_of(changed(word("Hello"), ("document.main", kind)), "docx") == "Hello"


@pytest.mark.parametrize("target", ["media/none.png", "NULL", "../NULL", "", "#anchor", "file:///C:/x.png"])
def test_dangling_relationships_cost_nothing(text_of, target: str):
    assert text_of(changed(word("Hello"), ("theme/theme1.xml", target)), "docx") == "Hello"


def test_a_missing_part_with_text_is_noted(doubtful_text_of):
    section = "<w:sectPr><w:headerReference r:id='header'/></w:sectPr>"

    text, problems = doubtful_text_of(word_xml(p("Body") + section, header=""), "docx")

    assert text == "Body" and problems == [Problem.INCOMPLETE]


def test_a_cell_that_claims_billions_of_columns_is_one(text_of):
    cell = f"<w:tc><w:tcPr><w:gridSpan w:val='2147483647'/></w:tcPr>{p('a')}</w:tc>"

    assert text_of(word_xml(f"<w:tbl><w:tr>{cell}<w:tc>{p('b')}</w:tc></w:tr></w:tbl>"), "docx") == "a | b"


def test_cells_keep_their_places(text_of):
    row = f"<w:tr><w:tc>{p('a')}</w:tc><w:tc><w:p/></w:tc><w:tc>{p('c')}</w:tc></w:tr>"

    assert text_of(word_xml(f"<w:tbl>{row}</w:tbl>"), "docx") == "a |  | c"


def test_a_table_in_a_table_is_read(text_of):
    inner = f"<w:tbl><w:tr><w:tc>{p('in')}</w:tc></w:tr></w:tbl>"

    assert text_of(word_xml(f"<w:tbl><w:tr><w:tc>{p('out')}{inner}</w:tc></w:tr></w:tbl>"), "docx") == "out in"


def test_charts_and_diagrams_are_read(text_of):
    body = "<w:p><w:r><a:x><c:chart r:id='chart'/><dgm:relIds r:dm='diagram'/></a:x></w:r></w:p>"
    chart = "<c:chartSpace w:x=''><c:chart><a:p><a:r><a:t>Sales</a:t></a:r></a:p></c:chart></c:chartSpace>"
    diagram = "<dgm:dataModel w:x=''><a:p><a:r><a:t>Boss</a:t></a:r></a:p></dgm:dataModel>"

    assert text_of(word_xml(body, chart=chart, diagram=diagram), "docx") == "Sales Boss"


def test_html_within_is_read(text_of):
    body = p("Before") + "<w:altChunk r:id='aFChunk'/>"
    data = changed(
        word_xml(body, aFChunk="<html x=''><body><p>Within</p></body></html>"),
        ('Target="aFChunk.xml"', 'Target="a.html"'),
    )
    file = BytesIO(data)
    with ZipFile(file, "a") as archive:
        archive.writestr("word/a.html", "<p>Within</p>")

    assert text_of(file.getvalue(), "docx") == "Before\n\nWithin"
