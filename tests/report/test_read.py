import base64

import nbformat
import pytest
from toys import CLAIMS, PNG, STUDY, SVG, VENDOR, executed

from helpers.present.canvas import image
from helpers.report.read import ExportError, read_page

FIGURE = {"id": "os", "caption": "Survival", "alt": "A curve.", "data": {"columns": ["group"], "rows": [["A"]]}}
TABLE = {"id": "t", "caption": "Rates", "columns": [{"label": "Arm", "align": "left"}], "rows": [["A"]], "notes": []}


def v(kind, payload):
    return {f"{VENDOR}{kind}+json": payload}


def page(*cells, name="04_survival", study=None):
    return read_page(executed(*cells), name, study=study)


def kinds(blocks):
    return [block.kind for block in blocks]


def test_answer_cards_and_warnings_open_the_page():
    cards = {"cards": [{"label": "Patients", "value": "35", "detail": ""}]}
    made = page(
        "# Title\n\nQuestion.",
        ("import x",),
        "## Headline",
        (
            "headline()",
            v("text", {"kind": "warning", "text": "Few events."}),
            v("cards", cards),
            v("text", {"kind": "answer", "text": "Yes."}),
        ),
        "## Rest\n\nWords.",
        ("more()", v("cards", cards), v("text", {"kind": "sentence", "text": "It fell."})),
    )
    assert made.title == "Title"
    assert kinds(made.lead) == ["text", "cards", "text"]
    assert (made.answer, made.cards) == ("Yes.", cards["cards"])
    assert kinds(made.blocks) == ["prose", "code", "heading", "prose", "code", "cards", "text"]
    assert made.blocks[1].source == "import x\n\nheadline()"


def test_a_heading_left_without_content_is_dropped_but_not_its_code():
    made = page("# T", "## Empty", ("a = 1",), "## Full", "words", "## Outer", "### Inner", ("b", v("table", TABLE)))
    assert [block.text for block in made.of("heading")] == ["Full", "Outer", "Inner"]
    assert kinds(made.blocks) == ["code", "heading", "prose", "heading", "heading", "code", "table"]


def test_heading_levels_are_never_skipped_and_there_is_one_title():
    made = page("# T", "# Second\n\nx", "##### Deep\n\nx", "## Up\n\nx", "## Up\n\nx")
    assert [(block.level, block.anchor) for block in made.of("heading")] == [
        (2, "second"),
        (3, "deep"),
        (2, "up"),
        (2, "up-2"),
    ]


def test_figures_and_tables_are_numbered_in_order():
    made = page("# T", ("a", v("table", TABLE), v("figure", FIGURE)), ("b", v("figure", FIGURE), v("table", TABLE)))
    assert [block.label for block in made.blocks if block.kind != "code"] == [
        "Table 1",
        "Figure 1",
        "Figure 2",
        "Table 2",
    ]
    anchors = [block.anchor for block in made.blocks if block.kind != "code"]
    assert len(set(anchors)) == 4
    assert made.of("figure")[1].name == "04-survival-figure-os-2"


@pytest.mark.parametrize("alt", ["", "  ", "No description has been provided for this image"])
def test_a_figure_without_a_description_is_an_error_that_names_the_cell(alt):
    with pytest.raises(ExportError, match="04_survival, cell 2: figure os has no description"):
        page("# T", ("a",), ("b", v("figure", FIGURE | {"alt": alt})))


def test_a_foreign_picture_needs_a_description_too():
    with pytest.raises(ExportError, match=r"cell 1: .*without a description"):
        page("# T", ("plot()", {"image/png": PNG}))
    made = page("# T", ("plot()", ({"image/png": PNG}, {"alt": "Two dots."})))
    assert made.of("figure")[0].alt == "Two dots."
    assert made.of("figure")[0].png == base64.b64decode(PNG)


def test_figures_keep_vector_and_picture():
    bundle = v("figure", FIGURE) | {"image/png": PNG}
    made = page("# T", ("a", (bundle, {"second-cart": {"svg": SVG}}), bundle))
    assert ["<path" in figure.svg for figure in made.of("figure")] == [True, False]
    assert made.of("figure")[0].png == made.of("figure")[1].png == base64.b64decode(PNG)


def test_what_a_table_and_its_figure_both_lack_is_said_once():
    lines = [v("text", {"kind": "absent", "text": f"Not recorded in this cohort: {what}."}) for what in "aab"]
    assert [text.text[-2:] for text in page("# T", ("x", *lines)).of("text")] == ["a.", "b."]


def test_a_stored_figure_is_read_from_its_html():
    stored = v("figure", FIGURE) | {"text/html": f"<figure>{image(SVG, 'A.')}</figure>"}
    [figure] = page("# T", ("a", stored)).of("figure")
    assert "<path" in figure.svg


def test_synthetic_data_say_so_in_every_caption():
    made = page("# T", ("a", v("study", STUDY), v("table", TABLE), v("figure", FIGURE)))
    figure, table = made.of("figure")[0], made.of("table")[0]
    assert figure.caption == "Survival. Synthetic data, not patients."
    assert table.caption == "Rates. Synthetic data, not patients."
    assert figure.data.caption == "Data behind Figure 1"
    assert made.synthetic
    real = page("# T", ("a", v("figure", FIGURE)), study=STUDY | {"synthetic": False})
    assert real.of("figure")[0].caption == "Survival"
    assert not real.synthetic


def test_exact_estimates_are_kept_and_printed_ones_are_shown():
    columns = ["section", "endpoint", "time_months", "estimate", "note"]
    printed = v("estimates", {"section": "s", "columns": columns, "rows": [["s", "os", "24", "0.2367", ""]]})
    exact = {"second-cart": {"estimates": {"columns": columns, "rows": [["s", "os", 24.0, 0.23666, None]]}}}
    made = page("# T", ("a", (printed, exact)), ("b", printed))
    assert [record["estimate"] for record in made.records] == [0.23666, "0.2367"]
    first = made.of("table")[0]
    assert [column["label"] for column in first.columns] == ["endpoint", "time months", "estimate"]
    assert [column["align"] for column in first.columns] == ["left", "right", "right"]
    assert first.rows == [["os", "24", "0.2367"]]
    assert first.folded


def test_claims_are_numbered_as_tables():
    made = page("# T", ("a", v("table", TABLE), v("claims", {"claims": CLAIMS})))
    assert (made.of("claims")[0].label, made.of("claims")[0].anchor) == ("Table 2", "claims")


def test_other_output_is_cleaned():
    made = page(
        "# T",
        ("a", {"text/html": "<b>x</b><script>alert(1)</script>", "text/plain": "x"}),
        ("b", {"text/markdown": "**bold**"}),
        ("c", {"text/plain": "/home/ann/x.csv"}, {"text/plain": "<Axes: at 0x7f>"}),
        ("d", {"application/javascript": "alert(1)"}),
    )
    assert [block.content for block in made.of("output")] == ["<b>x</b>", "…/x.csv"]
    assert kinds(made.blocks) == ["code", "output", "code", "prose", "code", "output", "code"]


def test_streams_become_text_and_one_warning():
    notebook = executed("# T", ("a",))
    streams = [("stderr", "/home/ann/run.py:3: Warn\n"), ("stdout", "line\n"), ("stderr", "more\n"), ("stdout", "\n")]
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in streams]
    made = read_page(notebook, "01_x")
    assert [(block.role, block.content) for block in made.of("output")] == [
        ("plain", "line"),
        ("stderr", "…/run.py:3: Warn\nmore"),
    ]


def test_a_stored_error_is_refused():
    notebook = executed("# T", ("a",))
    notebook.cells[1].outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="P-0017", traceback=[])]
    with pytest.raises(ExportError, match="01_x, cell 1: it stopped with ValueError") as caught:
        read_page(notebook, "01_x")
    assert "P-0017" not in str(caught.value)


def test_a_notebook_needs_a_title():
    with pytest.raises(ExportError, match="no title"):
        page("## Section", "words")


def test_parameters_that_papermill_wrote_are_not_shown():
    notebook = executed("# T", ('study = "/home/ann/cohort"',), ("b = 1",))
    notebook.cells[1].metadata["tags"] = ["injected-parameters"]
    assert [block.source for block in read_page(notebook, "x").of("code")] == ["b = 1"]


@pytest.mark.parametrize(
    ("name", "short"), [("04_survival", "4 Survival"), ("notes", "Notes"), ("10_x_y", "10 X y"), ("a_b", "A b")]
)
def test_the_short_name_is_the_files(name, short):
    assert page("# T", name=name).short == short


def test_what_a_last_provenance_section_shows_goes_to_the_foot():
    made = page("# T", "## Limits\n\nFew patients.", "## Provenance", ("a", v("table", TABLE)))
    assert kinds(made.blocks) == ["heading", "prose"]
    assert kinds(made.closing) == ["code", "table"]
    assert len(made.of("table")) == 1


def test_headings_do_not_take_the_anchors_of_the_page():
    made = page("# T", "## Main\n\nx", "## Print\n\nx")
    assert [block.anchor for block in made.of("heading")] == ["main-2", "print-2"]


def test_columns_are_sized_by_their_longest_text():
    wide = TABLE | {"columns": [{"label": "A", "align": "left"}, {"label": "B", "align": "right"}]}
    made = page("# T", ("a", v("table", wide | {"rows": [["a", "b" * 25], ["a" * 24, "b"]]})))
    assert made.of("table")[0].classes == "r2 w1 m2"
