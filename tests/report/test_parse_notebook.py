import base64
from dataclasses import replace

import nbformat
import pandas as pd
import pytest
from toys import CLAIMS, ESTIMATE, PNG, STUDY, SVG, bundle, drawing, executed

from helpers.cohort.endpoints import EndpointData
from helpers.frames import About, Frame
from helpers.present import show
from helpers.report.parse_notebook import ExportError, read_page
from helpers.stats.estimates import estimates

FIGURE = bundle(drawing(caption="Survival", alt="A curve."))
TABLE = show.Table("t", "Rates", [("Arm", "left")], [["A"]])
CARDS = show.Cards([("Patients", "35", "")])


def page(*cells, name="04_survival", study=None):
    return read_page(executed(*cells), name, study=study)


def kinds(blocks):
    return [block.kind for block in blocks]


def test_answer_cards_and_warnings_open_the_page():
    made = page(
        "# Title\n\nQuestion.",
        ("import x",),
        "## Headline",
        ("headline()", bundle(show.Text("warning", "Few events.")), bundle(CARDS), bundle(show.Text("answer", "Yes."))),
        "## Rest\n\nWords.",
        ("more()", bundle(CARDS), bundle(show.Text("sentence", "It fell."))),
    )
    assert made.title == "Title"
    assert kinds(made.lead) == ["text", "cards", "text"]
    assert (made.answer, made.front_cards) == ("Yes.", CARDS.cards[:1])
    assert kinds(made.blocks) == ["prose", "code", "heading", "prose", "code", "cards", "text"]
    assert made.blocks[1].source == "import x\n\nheadline()"


def test_a_heading_left_without_content_is_dropped_but_not_its_code():
    made = page("# T", "## Empty", ("a = 1",), "## Full", "words", "## Outer", "### Inner", ("b", bundle(TABLE)))
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
    made = page("# T", ("a", bundle(TABLE), FIGURE), ("b", FIGURE, bundle(TABLE)))
    assert [block.label for block in made.blocks if block.kind != "code"] == [
        "Table 1",
        "Figure 1",
        "Figure 2",
        "Table 2",
    ]
    anchors = [block.anchor for block in made.blocks if block.kind != "code"]
    assert len(set(anchors)) == 4
    assert made.of("figure")[1].name == "04-survival-figure-os-2"


@pytest.mark.parametrize(
    ("whole", "changed"),
    [("A curve.", "No description has been provided for this image"), ("A curve.", " "), ("&quot;id&quot;", "x")],
)
def test_a_figure_that_lost_its_description_is_an_error_that_names_the_cell(whole, changed):
    shown = {"text/html": FIGURE["text/html"].replace(whole, changed)}
    assert shown != FIGURE
    with pytest.raises(ExportError, match="04_survival, cell 2: what it shows was changed by hand; run the notebook"):
        page("# T", ("a",), ("b", shown))


def test_a_foreign_picture_needs_a_description_too():
    with pytest.raises(ExportError, match=r"cell 1: .*without a description"):
        page("# T", ("plot()", {"image/png": PNG}))
    made = page("# T", ("plot()", ({"image/png": PNG}, {"alt": "Two dots."})))
    assert made.of("figure")[0].alt == "Two dots."
    assert made.of("figure")[0].png == base64.b64decode(PNG)


def test_figures_keep_vector_and_picture():
    fresh = (FIGURE | {"image/png": PNG}, {"second-cart": {"svg": SVG}})
    first, second = page("# T", ("a", fresh, FIGURE)).of("figure")
    assert "<path" in first.svg
    assert first.svg == second.svg  # of a stored notebook, from its HTML
    assert (first.png, second.png) == (base64.b64decode(PNG), b"")


def test_the_time_axis_comes_from_the_figure_and_never_from_its_drawing():
    ticks = '<g id="xtick_1"><use x="40"/><text>0</text></g><g id="xtick_2"><use x="280"/><text>24</text></g>'
    svg = SVG.replace("</svg>", f"{ticks}</svg>")
    silent, said = (bundle(drawing(svg=svg, axis=axis)) for axis in ("", "0.1 0.03 24"))
    made = page("# T", ("a", silent, said)).of("figure")
    assert [(figure.axis, figure.readable) for figure in made] == [("", False), ("0.1 0.03 24", True)]


def test_what_a_table_and_its_figure_both_lack_is_said_once():
    lines = [bundle(show.absent(what)) for what in "aab"]
    assert [text.text[-2:] for text in page("# T", ("x", *lines)).of("text")] == ["a.", "b."]


def test_captions_end_with_a_stop_where_a_sign_follows():
    made = page("# T", ("a", bundle(STUDY), bundle(TABLE), FIGURE))
    figure, table = made.of("figure")[0], made.of("table")[0]
    assert (figure.caption, table.caption, figure.data.caption) == ("Survival.", "Rates.", "Data behind Figure 1")
    assert made.synthetic
    real = page("# T", ("a", FIGURE), study=replace(STUDY, synthetic=False))
    assert real.of("figure")[0].caption == "Survival"
    assert not real.synthetic


def test_exact_estimates_are_kept_and_printed_ones_are_shown():
    shown = show.Estimates(estimates([ESTIMATE, ESTIMATE | {"estimate": None, "note": "too few"}]), "response")
    made = page("# T", ("a", (bundle(shown), {"second-cart": shown.metadata()})), ("b", bundle(shown)))
    assert [record["estimate"] for record in made.records] == [12 / 14, None, "0.8571", ""]
    assert [record.get("endpoint_label") for record in made.records] == ["cr", "cr", None, None]
    fresh, stored = made.of("table")
    assert fresh.folded
    assert fresh.columns == stored.columns
    assert fresh.columns[:4] == [("endpoint", "left"), ("population", "left"), ("group", "left"), ("measure", "left")]
    assert ("ci low", "right") in fresh.columns
    assert fresh.rows == stored.rows
    assert fresh.exact[1][0][list(fresh.exact[0]).index("estimate")] == 12 / 14


def frame(kind, **columns):
    shown = kind(columns)
    shown.about = About(label="Overall survival <b>")
    return shown._repr_mimebundle_()


def test_data_frames_are_folded_and_rows_of_patients_stay_in_the_notebook():
    patients = frame(EndpointData, patient_id=["P-0017"], event=[1])
    plain = pd.DataFrame({"a <b>": [1, 2]})
    private = pd.DataFrame({"patient_id": ["P-0017"]})
    made = page(
        "# T",
        ("a", frame(Frame, group=["<Tandem>"], estimate=[1 / 3])),
        ("b", patients),
        ("c", {"text/html": plain.to_html(), "text/plain": "x"}, {"text/html": private.to_html()}),
    )
    curve, people, by_pandas, hidden = made.of("frame")
    assert curve.heading == "Overall survival <b>"
    assert '<th scope="col">group</th>' in curve.html
    assert '<th scope="row">&lt;Tandem&gt;</th><td>0.3333</td>' in curve.html
    assert people.heading.startswith("Overall survival <b>: 1 patient ")
    assert (people.html, hidden.html) == ("", "")
    assert by_pandas.heading == "2 rows"
    assert "a &lt;b&gt;" in by_pandas.html


def test_claims_are_numbered_as_tables():
    made = page("# T", ("a", bundle(TABLE), bundle(show.Claims(CLAIMS))))
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
    made = page("# T", "## Limits\n\nFew patients.", "## Provenance", ("a", bundle(TABLE)))
    assert kinds(made.blocks) == ["heading", "prose"]
    assert kinds(made.closing) == ["code", "table"]
    assert len(made.of("table")) == 1


def test_headings_do_not_take_the_anchors_of_the_page():
    made = page("# T", "## Main\n\nx", "## Print\n\nx")
    assert [block.anchor for block in made.of("heading")] == ["main-2", "print-2"]


def test_columns_are_sized_by_their_longest_text():
    wide = show.Table("t", "C", [("A", "left"), ("B", "right")], [["a", "b" * 25], ["a" * 24, "b"]])
    made = page("# T", ("a", bundle(wide)))
    assert made.of("table")[0].classes == "r2 m2"


def absent():
    return bundle(show.absent("x"))


def test_sections_without_data_become_one_line_before_the_limits():
    made = page(
        "# T",
        "## Shown\n\nWords.",
        ("a", bundle(CARDS)),
        ("b", bundle(show.Text("sentence", "It fell."))),
        "## Toxicity\n\nWords on toxicity.",
        ("c", absent(), Frame({"a": [1]})._repr_mimebundle_()),
        "### Its days?",
        ("d", absent()),
        "### Its cost\n\nWords on cost.",
        ("empty", Frame({"a": []})._repr_mimebundle_()),
        "## Half",
        ("e", absent(), bundle(show.Text("sentence", "Half of it."))),
        "## Limits\n\nFew patients.",
    )
    headings = [block.text for block in made.of("heading")]
    assert headings == ["Shown", "Half", "Nothing to show for this cohort", "Limits"]
    assert [block.text for block in made.of("text") if block.role == "absent"][-1] == "Toxicity; Its days; Its cost."
    assert not made.of("frame")
    assert "c\n\nd\n\nempty" in [block.source for block in made.of("code")]


def test_a_section_over_another_that_is_shown_keeps_its_heading():
    sentence = bundle(show.Text("sentence", "It fell."))
    made = page("# T", "## Outer", ("a", absent()), "### Inner", ("b", sentence))
    assert [block.text for block in made.of("heading")] == ["Outer", "Inner"]


def test_a_section_that_is_left_out_keeps_its_heading_and_the_reason():
    reason = show.Text("left_out", "The generator was made to give it.")
    made = page(
        "# T",
        "## E-values\n\nWords on E-values.",
        ("a", Frame({"a": [1]})._repr_mimebundle_(), absent()),
        ("b", bundle(reason)),
        "## Next\n\nWords.",
    )
    assert kinds(made.blocks) == ["heading", "code", "text", "heading", "prose"]
    assert made.of("text") == [reason]


def test_headings_over_nothing_but_code_and_frames_go():
    made = page("# T", "## Headline", ("a", Frame({"a": [1]})._repr_mimebundle_()), "## Rest\n\nWords.")
    assert [block.text for block in made.of("heading")] == ["Rest"]
    assert made.of("frame")


def test_definitions_alone_need_no_heading():
    definitions = bundle(show.Definitions([("CR", "complete remission")]))
    made = page(
        "# T", "## Headline", ("a", bundle(show.Text("answer", "Yes."))), ("b", definitions), "## Rest\n\nWords."
    )
    assert [block.text for block in made.of("heading")] == ["Rest"]
    assert kinds(made.blocks) == ["code", "definitions", "heading", "prose"]


@pytest.mark.parametrize("letter", "\x00\x07\x1b\x7f\ufffe")
def test_letters_that_no_page_holds_are_left_out(letter):
    [text] = page("# T", ("x", bundle(show.Text("note", f"b{letter}é\n\t.")))).of("text")
    assert text.text == "bé\n\t."
