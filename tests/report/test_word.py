from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn
from toys import PNG, STUDY, bundle, drawing, executed

from helpers.frames import Frame
from helpers.present import show
from helpers.report import provenance, word
from helpers.report.parse_notebook import read_page
from helpers.study import load_study

TWIPS = 20 * 635  # Word rounds widths to twentieths of a point
PROSE = "words **bold** *slanted* `code`\n\n- one\n- two\n\n1. first\n\n|a|b|\n|-|-:|\n|1|2|\n\n> said\n\n    block"


@pytest.fixture(scope="module")
def document(toy_collection):
    return docx.Document(toy_collection / "report.docx")


def captions(document):
    return [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Caption"]


def test_headings_follow_the_reports(document):
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith(("Heading", "Title"))]
    assert headings[0] == ("Title", "Toy <b>study</b>")
    assert ("Heading 1", "Response") in headings
    assert ("Heading 3", "Curves") in headings
    assert headings[-1] == ("Heading 1", "Methods and provenance")
    assert ("Heading 2", "All estimates") not in headings


def test_tables_have_caption_repeated_header_and_unsplit_rows(document):
    found = captions(document)
    assert "Table 1.1. Complete remission by arm. Synthetic data, not patients." in found
    assert "Table 2.1. Complete remission by arm. Synthetic data, not patients." in found
    for table in document.tables:
        assert table.rows[0]._tr.trPr.findall(qn("w:tblHeader"))
        assert all(row._tr.trPr.findall(qn("w:cantSplit")) for row in table.rows)


def test_tables_hold_the_printed_values(document):
    table = next(table for table in document.tables if table.cell(0, 0).text == "Arm")
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Arm", "CR, n/N", "95% CI"],
        ["Single", "10/18", "30.8 to 78.5"],
        ["Tandem", "12/14", "57.2 to 98.2"],
    ]
    assert "Clopper-Pearson." in [paragraph.text for paragraph in document.paragraphs]


def test_tables_fit_the_page(document):
    for table in document.tables:
        assert sum(column.width for column in table.columns) <= word.parts.PAGE_WIDTH + TWIPS


def test_figures_have_caption_description_and_vector(document):
    assert "Figure 1.1. Overall survival by arm. Synthetic data, not patients." in captions(document)
    assert len(document.inline_shapes) == 2
    for shape in document.inline_shapes:
        assert shape._inline.docPr.get("descr") == "Two falling step curves."
        assert shape._inline.xpath(".//*[local-name()='svgBlip']")
    vectors = [part for part in document.part.package.iter_parts() if part.content_type == "image/svg+xml"]
    assert all(b"Months since infusion" in part.blob for part in vectors)


def test_every_page_says_synthetic_and_nobody_is_named(document):
    assert document.sections[0].header.paragraphs[0].text == "Synthetic data, not patients."
    assert "small counts" in document.sections[0].footer.paragraphs[0].text
    assert (document.core_properties.author, document.core_properties.comments) == ("", "")


def test_methods_and_software_are_named(document):
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Clopper-Pearson." in text
    assert "lifelines 0.30.3" in text
    assert any("patients.csv" in cell.text for cell in document.tables[-1].columns[0].cells)


def test_markdown_lists_tables_and_tall_figures_are_carried_over(tmp_path, toy_folder):
    study = replace(load_study(toy_folder), synthetic=False)
    wide = bundle(show.Table("t", "C", [("x" * 40, "left")] * 6, [["word " * 30] * 6], indent=[1]))
    tall = bundle(drawing(caption="C"), **{"image/png": PNG})
    looked_at = Frame({"seen": [1]})._repr_mimebundle_()
    page = read_page(
        executed(f"# T\n\n{PROSE}", ("x", wide, tall, looked_at)), "notes", study=replace(STUDY, synthetic=False)
    )
    word.write_document(tmp_path / "x.docx", study, [page], provenance.facts(study, {}))
    document = docx.Document(tmp_path / "x.docx")
    styles = [paragraph.style.name for paragraph in document.paragraphs]
    assert styles.count("List Bullet") == 2
    assert {"List Number", "Quote"} <= set(styles)
    assert "words bold slanted code" in [paragraph.text for paragraph in document.paragraphs]
    assert document.sections[0].header.paragraphs[0].text == study.title
    assert {"Table 1. C", "Figure 1. C"} <= set(captions(document))
    wide_table = next(table for table in document.tables if table.cell(0, 0).text == "x" * 40)
    assert sum(column.width for column in wide_table.columns) <= word.parts.PAGE_WIDTH + TWIPS
    assert wide_table.cell(1, 0).text.startswith("\u2003word")
    assert not any(cell.text == "seen" for table in document.tables for cell in table.rows[0].cells)


@pytest.mark.parametrize("letter", ["\0", "\x0b", "\x1b", "\ud800", "\uffff"])
def test_letters_that_no_document_holds_are_left_out(tmp_path, toy_folder, letter):
    study = load_study(toy_folder)
    arms = tuple(replace(arm, label=f"{letter}{arm.label}") for arm in study.arms)
    study = replace(study, title=f"Second{letter} infusion", arms=arms, time_zero=f"infusion{letter}")
    method = {"method": f"Cox,{letter} strata"}
    page = replace(read_page(executed("# T"), "notes", study=STUDY), records=[method])
    word.write_document(tmp_path / "x.docx", study, [page], provenance.facts(study, {}))
    document = docx.Document(tmp_path / "x.docx")
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[0] == document.core_properties.title == "Second infusion"
    assert "Estimators and tests, by name as in estimates.csv: Cox, strata." in texts
    assert study.arms[0].label[1:] in texts[2]


def test_a_long_title_is_cut_in_the_properties_only(tmp_path, toy_folder):
    study = replace(load_study(toy_folder), title="word " * 100)
    word.write_document(tmp_path / "x.docx", study, [], provenance.facts(study, {}))
    document = docx.Document(tmp_path / "x.docx")
    assert document.core_properties.title == study.title[:255]
    assert document.paragraphs[0].text == study.title
