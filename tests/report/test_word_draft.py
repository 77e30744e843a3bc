import base64
from dataclasses import replace

import docx
import nbformat
import pytest
from docx.oxml.ns import qn
from test_word import REAL, captions, fields, one_page, text_of
from toys import CLAIMS, PNG, STUDY, bundle, drawing

from helpers.marks import mark
from helpers.present import show
from helpers.report import provenance, word_draft
from helpers.report.page import Page
from helpers.report.parse_notebook import read_page
from helpers.study import PROJECT_ROOT, load_study

NOTEBOOKS = sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb"))

MEANING = [("CR", "complete remission."), ("MRD", "measurable residual disease")]


def small(name, caption="C", cell="1"):
    return bundle(show.Table(name, caption, [("A", "left")], [[cell]]))


def picture(name, **changes):
    return bundle(drawing(name=name, **changes), **{"image/png": PNG})


def text(role, words):
    return bundle(show.Text(role, words))


@pytest.fixture
def draft(tmp_path, toy_folder):
    """Write a draft of pages and read it."""

    def write(*pages: Page):
        study = replace(load_study(toy_folder), synthetic=pages[0].synthetic)
        word_draft.write_draft(tmp_path / "x.docx", study, pages, provenance.facts(study, {}))
        return docx.Document(tmp_path / "x.docx")

    return write


def texts(document):
    return [text_of(paragraph) for paragraph in document.paragraphs]


def test_key_tables_and_figures_are_shown_in_the_order_of_the_page(draft):
    page = one_page("## A", ("x", picture("lfs"), small("other"), picture("os")), name="04_survival")
    found = captions(draft(page))
    assert [caption.partition(".")[0] for caption in found] == ["Figure 1", "Figure 2"]
    assert len(draft(page).inline_shapes) == 2


def test_of_alternatives_one_is_shown(draft):
    page = one_page(("x", small("crs", "I"), small("toxicity", "K"), picture("os")), name="03_safety")
    assert [caption[:10] for caption in captions(draft(page))] == ["Table 1. K"]


def test_a_report_without_key_results_has_no_heading(draft):
    page = one_page(("x", text("answer", "First.\nSecond."), small("t")), name="notes", study=STUDY)
    document = draft(page)
    assert "First." in texts(document)
    assert "Second." not in " ".join(texts(document))
    assert [p.text for p in document.paragraphs if p.style.name == "Heading 1"] == [
        "Summary",
        "Methods",
        "Data and provenance",
    ]


def test_what_the_answer_leaves_out_is_said_in_a_line_for_each_report(draft):
    pages = [replace(one_page(("x", text("answer", f"No. {n}.")), name="notes"), title=f"Report {n}") for n in range(5)]
    found = texts(draft(*pages))
    start = found.index("Summary")
    assert found[start + 1 : start + 6] == ["No. 0.", "No. 1.", "No. 2.", "Report 3. No. 3.", "Report 4. No. 4."]


def test_sentences_refer_to_what_they_are_about(draft):
    cells = ("x", picture("os"), text("sentence", "Half lived."), text("note", "Aside."))
    document = draft(one_page(cells, "## B", ("y", text("sentence", "Far.")), name="04_survival"))
    assert "Half lived (Figure\u00a01)." in texts(document)
    assert not {"Aside.", "Far."} & set(texts(document))
    (reference,) = [field for field in fields(document) if field.startswith("REF")]
    names = {start.get(qn("w:name")) for start in document.element.body.iter(qn("w:bookmarkStart"))}
    assert reference.split()[1] in names


def test_what_nothing_is_said_of_is_referred_to_as_well(draft):
    document = draft(one_page(("x", picture("os"), small("os")), name="04_survival"))
    assert "See Figure\u00a01; Table\u00a01." in texts(document)


def test_what_a_caption_or_a_sentence_says_is_not_said_again(draft):
    answer = text("answer", "First.\nHalf lived. More died.")
    cells = ("x", picture("os", caption="Survival. It fell."), text("sentence", "Half lived."))
    also = ("z", picture("lfs", caption="LFS. It fell."), text("sentence", "It fell."))
    page = one_page("## Headline", ("w", answer), "## A", cells, "## B", also, name="04_survival")
    found = texts(draft(page))
    assert "More died." in found
    assert "It fell." not in found
    assert "Half lived (Figure\u00a01; Figure\u00a02)." in found


def test_the_course_of_patients_stands_beside_another_result_only(draft):
    assert captions(draft(one_page(("x", picture("swimmer")), name="02_response"))) == []
    assert len(captions(draft(one_page(("x", picture("swimmer"), small("response")), name="02_response")))) == 2


def test_only_terms_that_a_reader_meets_are_defined(draft):
    meant = [("Overall survival", "a."), ("CRh and CRi", "b."), ("Landmark (a day)", "c."), ("MRD", "d.")]
    page = one_page(("x", small("os", "Overall survival", "CRi"), bundle(show.Definitions(meant))), name="04_survival")
    assert "Overall survival: a. CRh and CRi: b. " in texts(draft(page))


def test_wide_tables_and_tall_figures_stand_at_the_end(draft, monkeypatch):
    monkeypatch.setattr(word_draft, "is_tall", lambda figure: "LFS" in figure.caption)
    words = ["Haematotoxicity"] * 9
    wide = bundle(show.Table("os", "Wide", [(word, "left") for word in words], [words]))
    page = one_page(
        ("x", picture("lfs", caption="LFS"), wide, picture("relapse", caption="Relapse")), name="04_survival"
    )
    document = draft(page)
    assert captions(document) == ["Figure 1. Relapse.", "Figure 2. LFS.", "Table 1. Wide."]
    assert document.sections[-1].page_width > document.sections[-1].page_height


def test_claims_that_agree_are_counted_and_the_others_shown(draft):
    page = one_page(("x", bundle(show.Claims(CLAIMS))), study=STUDY)
    claims = next(iter(page.of("claims")))
    folded = replace(claims, claims=[*CLAIMS, CLAIMS[1] | {"claim": "Folded", "key": "folded", "fold": "yes"}])
    document = draft(replace(page, blocks=[folded]))
    line = "2 agree by construction, as the cohort was made to match them; 1 needs a closer look (Table\u00a01)."
    assert f"3 published claims checked: {line}" in texts(document)
    shown = next(table for table in document.tables if table.cell(0, 0).text == "Claim")
    assert [cell.text for cell in shown.rows[1].cells] == ["P of the comparison", "0.045", "0.070", "differs"]
    reason = "Fisher exact, two-sided. The one-sided test gives 0.045."
    assert {cell.text for cell in shown.rows[2].cells} == {reason}  # one cell over all columns
    assert len(shown.rows) == 3


def test_where_all_claims_agree_no_table_is_shown(draft):
    document = draft(one_page(("x", bundle(show.Claims(CLAIMS[:1]))), study=STUDY))
    assert "1 published claim checked: 1 agrees by construction, as the cohort was made to match them." in texts(
        document
    )
    assert [table for table in document.tables if table.cell(0, 0).text == "Claim"] == []


def test_methods_are_those_of_the_numbers_shown(draft):
    records = [
        {"id": "r-1", "measure": "survival", "method": "Kaplan-Meier"},
        {"id": "r-2", "measure": "odds_ratio", "method": "Firth"},
    ]
    shown = one_page(("x", small("os", cell=mark("40%", "r-1"))), name="04_survival")
    known = replace(shown, records=records)
    assert "Intervals are 95% confidence intervals. Survival: Kaplan-Meier." in texts(draft(known))
    unmarked = replace(one_page(("x", small("os")), name="04_survival"), records=records)
    assert f"{word_draft.INTERVALS} Survival: Kaplan-Meier. Odds ratio: Firth." in texts(draft(unmarked))


def test_the_headline_numbers_are_those_of_the_front_page(draft):
    cards = show.Cards([("CR", "66%", "23 of 35"), ("OS", "24%", ""), ("LFS", "30%", "")], front=2)
    document = draft(one_page(("x", bundle(cards))))
    assert [row.cells[0].text for row in document.tables[0].rows] == ["Key number", "CR", "OS"]


def test_real_patients_have_no_key_of_origins(draft):
    document = draft(one_page("Words.", study=REAL))
    assert "Where each number comes from" not in " ".join(texts(document))


def test_the_stored_reports_have_every_key_result_and_make_a_short_draft(draft):
    pages = [read_page(nbformat.read(path, as_version=4), path.stem) for path in NOTEBOOKS]
    png = base64.b64decode(PNG)  # stored notebooks keep no pixels
    drawn = [
        replace(page, blocks=[replace(block, png=png) if block.kind == "figure" else block for block in page.blocks])
        for page in pages
    ]
    for page in drawn:
        anchors = {getattr(block, "anchor", "") for block in page.blocks}
        missing = [names for names in word_draft.KEYS[page.name.partition("_")[2]] if not anchors & set(names)]
        assert missing == [], page.name
    document = draft(*drawn)
    assert len(document.inline_shapes) <= 10
    assert len(document.tables) <= 10
    assert len(" ".join(text.text or "" for text in document.element.body.iter(qn("w:t"))).split()) < 6500
