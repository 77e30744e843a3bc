import re
from dataclasses import replace
from itertools import chain

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from toys import PNG, STUDY, bundle, drawing, executed

from helpers.frames import Frame
from helpers.marks import mark
from helpers.present import show
from helpers.report import provenance, word
from helpers.report.parse_notebook import SYNTHETIC, read_page
from helpers.report.word_styles import TEXT_WIDTH, WIDE_WIDTH
from helpers.study import load_study

TWIPS = 20 * 635  # Word rounds widths to twentieths of a point
PROSE = "words **bold** *slanted* `code`\n\n- one\n- two\n\n1. first\n\n|a|b|\n|-|-:|\n|1|2|\n\n> said\n\n    block"
REAL = replace(STUDY, synthetic=False)


@pytest.fixture(scope="module")
def document(toy_collection):
    return docx.Document(toy_collection / "report-full.docx")


@pytest.fixture(scope="module", params=["report.docx", "report-full.docx"])
def either(toy_collection, request):
    return docx.Document(toy_collection / request.param)


def captions(document):
    found = [text_of(paragraph) for paragraph in document.paragraphs if paragraph.style.name == "Caption"]
    return [caption.replace("\u00a0", " ") for caption in found]


def text_of(paragraph):
    """A paragraph's text with the results of its fields."""
    return "".join(node.text for node in paragraph._p.iter(qn("w:t")))


def fields(document):
    """The instruction of every field in the text."""
    simple = [field.get(qn("w:instr")) for field in document.element.body.iter(qn("w:fldSimple"))]
    return [text.strip() for text in [*simple, *(node.text for node in document.element.body.iter(qn("w:instrText")))]]


def written(tmp_path, toy_folder, *pages, synthetic=False):
    """The appendix of some pages."""
    study = replace(load_study(toy_folder), synthetic=synthetic)
    word.write_appendix(tmp_path / "x.docx", study, pages, provenance.facts(study, {}))
    return docx.Document(tmp_path / "x.docx")


def one_page(*cells, study=REAL, name="notes"):
    return read_page(executed("# T", *cells), name, study=study)


def test_headings_follow_the_reports(document):
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith(("Heading", "Title"))]
    assert headings[0] == ("Title", "Toy <b>study</b>")
    assert ("Heading 1", "Response") in headings
    assert ("Heading 3", "Curves") in headings
    assert headings[-1] == ("Heading 1", "Methods and provenance")
    assert ("Heading 2", "All estimates") not in headings


def test_the_contents_link_to_every_heading(document):
    names = {start.get(qn("w:name")) for start in document.element.body.iter(qn("w:bookmarkStart"))}
    lines = [paragraph for paragraph in document.paragraphs if paragraph.style.name.startswith("toc")]
    wanted = [p.text for p in document.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert [text_of(line) for line in lines] == wanted
    links = [link.get(qn("w:anchor")) for line in lines for link in line._p.iter(qn("w:hyperlink"))]
    assert len(links) == len(wanted)
    assert set(links) <= names
    assert 'TOC \\o "1-2" \\h \\z \\u' in fields(document)
    ends = [char.get(qn("w:fldCharType")) for char in document.element.body.iter(qn("w:fldChar"))]
    assert ends == ["begin", "separate", "end"]


def test_captions_are_numbered_by_fields_within_a_report(document):
    found = captions(document)
    assert "Table 1.1. Complete remission by arm. Synthetic data, not patients." in found
    assert "Table 2.1. Complete remission by arm. Synthetic data, not patients." in found
    assert "Figure 1.1.○ Overall survival by arm. Synthetic data, not patients." in found
    assert len(found) == len(set(found))
    numbers = [instruction for instruction in fields(document) if instruction.startswith("SEQ")]
    assert len(numbers) == len(found)
    assert numbers.count("SEQ Table \\* ARABIC \\r 1") == 2  # each report begins with 1
    assert all(caption.endswith(SYNTHETIC) for caption in found)


def test_names_and_numbers_of_places_are_unique(either):
    starts = list(either.element.body.iter(qn("w:bookmarkStart")))
    ends = [end.get(qn("w:id")) for end in either.element.body.iter(qn("w:bookmarkEnd"))]
    assert len({start.get(qn("w:name")) for start in starts}) == len(starts) > 0
    assert [start.get(qn("w:id")) for start in starts] == ends
    assert len(set(ends)) == len(ends)
    drawings = [shape._inline.docPr.get("id") for shape in either.inline_shapes]
    assert len(set(drawings)) == len(drawings)


def test_tables_have_a_style_repeated_heads_and_whole_rows(either):
    assert either.tables
    for table in either.tables:
        assert table.style.name == "Report Table"
        assert table.rows[0]._tr.trPr.findall(qn("w:tblHeader"))
        assert all(row._tr.trPr.findall(qn("w:cantSplit")) for row in table.rows)
        paragraphs = list(chain.from_iterable(cell.paragraphs for row in table.rows for cell in row.cells))
        assert {paragraph.style.name for paragraph in paragraphs[: len(table.columns)]} <= {
            "Table Head",
            "Table Number Head",
        }
        assert all(paragraph.style.name.startswith("Table") for paragraph in paragraphs)
    own = {"w:b", "w:sz", "w:tblBorders", "w:tcBorders", "w:color", "w:rFonts", "w:jc", "w:spacing"}
    assert [name for table in either.tables for name in own if list(table._tbl.iter(qn(name)))] == []


def test_all_is_british_english_and_opens_without_a_question(either):
    languages = [node.get(qn("w:val")) for node in either.styles.element.iter(qn("w:lang"))]
    assert set(languages) == {"en-GB"} == {either.core_properties.language}
    settings = either.settings.element
    assert settings.find(qn("w:updateFields")) is None  # Word would ask; results are written
    modes = {node.get(qn("w:name")): node.get(qn("w:val")) for node in settings.iter(qn("w:compatSetting"))}
    assert modes["compatibilityMode"] == "15"


def test_tables_hold_the_printed_values(document):
    table = next(table for table in document.tables if table.cell(0, 0).text == "Arm")
    assert [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in table.rows] == [
        ["Arm", "CR, n/N", "95% CI"],
        ["Single", "10/18", "30.8 to 78.5"],
        ["Tandem", "12/14", "57.2 to 98.2"],
    ]
    assert "30.8\u00a0to\u00a078.5" in [cell.text for cell in table.columns[2].cells]
    assert "Clopper-Pearson." in [paragraph.text for paragraph in document.paragraphs]


def test_tables_fit_the_page(document):
    for table in document.tables:
        assert sum(column.width for column in table.columns) <= TEXT_WIDTH + TWIPS


def test_a_wide_table_stands_on_a_turned_page_and_the_next_heading_does_not(tmp_path, toy_folder):
    words = ["Haematotoxicity"] * 9
    wide = bundle(show.Table("t", "C", [(word, "left") for word in words], [words]))
    document = written(tmp_path, toy_folder, one_page("## A", ("x", wide), "## B\n\nText."))
    turned = [section for section in document.sections if section.orientation == WD_ORIENT.LANDSCAPE]
    assert [section.page_width > section.page_height for section in turned] == [True]
    assert document.sections[-1].orientation == WD_ORIENT.PORTRAIT
    table = next(table for table in document.tables if table.cell(0, 0).text == words[0])
    assert TEXT_WIDTH < sum(column.width for column in table.columns) <= WIDE_WIDTH + TWIPS


def test_a_value_breaks_before_its_interval_only(tmp_path, toy_folder):
    rows = [["a", "14 (100%) / 14"], ["b", "not estimable: nobody had what the rule wants"]]
    table = bundle(show.Table("t", "C", [("A", "left"), ("B", "right")], rows))
    document = written(tmp_path, toy_folder, one_page(("x", table)))
    shown = next(table for table in document.tables if table.cell(0, 0).text == "A")
    assert shown.cell(1, 1).text == "14 (100%)\u00a0/\u00a014"
    assert shown.cell(2, 1).text == rows[1][1]


def test_figures_have_description_and_vector(document):
    assert len(document.inline_shapes) == 3
    for shape in document.inline_shapes:
        assert shape._inline.docPr.get("descr") == "Two falling step curves."
        assert shape._inline.docPr.get("name") in ("Figure 1.1", "Figure 1.2", "Figure 2.1")
        assert shape._inline.xpath(".//*[local-name()='svgBlip']")
    vectors = [part for part in document.part.package.iter_parts() if part.content_type == "image/svg+xml"]
    assert all(b"Months since infusion" in part.blob for part in vectors)


def test_every_page_says_synthetic_and_nobody_is_named(either):
    assert either.sections[0].header.paragraphs[0].text == SYNTHETIC
    assert "small counts" in either.sections[0].footer.paragraphs[0].text
    assert [field.get(qn("w:instr")) for field in either.sections[0].footer._element.iter(qn("w:fldSimple"))] == [
        " PAGE "
    ]
    assert (either.core_properties.author, either.core_properties.comments) == ("", "")


def test_methods_and_software_are_named(document):
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Clopper-Pearson." in text
    assert "lifelines 0.30.3" in text
    assert any("patients.csv" in cell.text for cell in document.tables[-1].columns[0].cells)


def test_numbers_say_once_where_they_come_from(tmp_path, toy_folder):
    printed, drawn = mark("10/18", "r-1", "published"), mark("0.5", "r-2", "invented")
    one = bundle(show.Table("t", f"One of {drawn}", [("A", "left"), ("B", "left")], [["a", drawn], ["b", drawn]]))
    two = bundle(show.Table("u", "Two", [("C", "left"), ("D", "left")], [["a", printed], ["b", drawn]]))
    said = bundle(show.Text("sentence", f"It was {drawn}, or {drawn}."))
    page = one_page(("x", one, two, said), study=STUDY)
    document = written(tmp_path, toy_folder, page, synthetic=True)
    text = "\n".join(map(text_of, document.paragraphs))
    assert f"Table\u00a01.○ One of 0.5. {SYNTHETIC}" in text
    assert f"Table\u00a02. Two. {SYNTHETIC}" in text
    assert "It was 0.5, or 0.5.○" in text
    assert "● published: printed in the publication" in text
    first, second = (next(t for t in document.tables if t.cell(0, 0).text == name) for name in "AC")
    assert [cell.text for cell in first.columns[1].cells] == ["B", "0.5", "0.5"]
    assert [cell.text for cell in second.columns[1].cells] == ["D", "10/18●", "0.5○"]
    signs = {run.text: run for run in document.tables[1].cell(1, 1).paragraphs[0].runs}
    assert document.styles["Origin Sign"].font.superscript
    assert {run.style.name for text, run in signs.items() if text == "●"} <= {"Origin Sign"}


def test_no_mark_reaches_a_document(tmp_path, toy_folder):
    marked = mark("55.6%", "r-1", "")
    shown = [
        bundle(show.Text("answer", f"{marked} of all.\nMore.")),
        bundle(show.Cards([("CR", marked, "all")])),
        bundle(show.Table("t", f"Of {marked}", [("A", "left")], [[marked]], [marked])),
        bundle(drawing(caption=f"At {marked}"), **{"image/png": PNG}),
        bundle(show.Definitions([("CR", "complete remission")])),
    ]
    page = one_page(*(("x", bundled) for bundled in shown))
    document = written(tmp_path, toy_folder, page)
    assert not re.search("[\ue000-\uf8ff]", "".join(document.element.body.itertext()))
    assert "55.6% of all. More." in [paragraph.text for paragraph in document.paragraphs]


def test_markdown_lists_tables_and_tall_figures_are_carried_over(tmp_path, toy_folder):
    wide = bundle(show.Table("t", "C", [("x" * 40, "left")] * 6, [["word " * 30] * 6], indent=[1]))
    tall = bundle(drawing(caption="C"), **{"image/png": PNG})
    looked_at = Frame({"seen": [1]})._repr_mimebundle_()
    document = written(tmp_path, toy_folder, one_page(PROSE, ("x", wide, tall, looked_at)))
    styles = [paragraph.style.name for paragraph in document.paragraphs]
    assert styles.count("List Bullet") == 2
    assert {"List Number", "Quote"} <= set(styles)
    assert "words bold slanted code" in [paragraph.text for paragraph in document.paragraphs]
    assert document.sections[0].header.paragraphs[0].text == "Toy <b>study</b>"
    assert {"Table 1. C.", "Figure 1. C."} <= set(captions(document))
    wide_table = next(table for table in document.tables if table.cell(0, 0).text == "x" * 40)
    assert sum(column.width for column in wide_table.columns) <= WIDE_WIDTH + TWIPS
    assert wide_table.cell(1, 0).paragraphs[0].style.name == "Table Text 1"
    assert not any(cell.text == "seen" for table in document.tables for cell in table.rows[0].cells)
