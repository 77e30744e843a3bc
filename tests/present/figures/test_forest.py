import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, texts_of, words

from helpers.present.figures.forest import plot_forest
from helpers.present.layout.axis import scale_for
from helpers.stats.estimates import estimates

TERMS = ["Tandem vs others", "High-risk genetics: yes vs no", "Age, per 10 years"]
LONG = ["$x_1$ <b>a term with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def rows_of(terms, measure="hazard_ratio", seed=0, **changes):
    rng = np.random.default_rng(seed)
    fields = {"measure": measure, "method": "Cox, Efron ties", "n": 23, "events": 16}
    records = []
    for term in terms:
        effect, error = rng.normal(0, 0.8), rng.uniform(0.2, 0.8)
        low, middle, high = np.exp([effect - 1.96 * error, effect, effect + 1.96 * error])
        records.append(fields | {"term": term, "estimate": middle, "ci_low": low, "ci_high": high, "p": 0.2} | changes)
    return estimates(records)


def missing(term):
    note = "not estimable: no events in one level"
    return estimates([{"term": term, "measure": "hazard_ratio", "method": "Cox, Efron ties", "note": note}])


def draw(rows, **options):
    return plot_forest(rows, **({"id": "lfs", "caption": "Cox model", "effect": "Hazard ratio"} | options))


def artists(figure, gid):
    return [line for line in figure.canvas.axes[0].lines if line.get_label() == gid]


def test_drawn_marks_intervals_and_data_equal_the_estimates():
    rows = rows_of(TERMS)
    figure = draw(rows)
    np.testing.assert_array_equal([mark.get_xdata()[0] for mark in artists(figure, "estimate")], rows["estimate"])
    np.testing.assert_array_equal([line.get_xdata()[0] for line in artists(figure, "interval")], rows["ci_low"])
    np.testing.assert_array_equal([line.get_xdata()[1] for line in artists(figure, "interval")], rows["ci_high"])
    np.testing.assert_array_equal(figure.data["estimate"], rows["estimate"])
    assert_legible(figure)


def test_marks_stand_beside_the_text_of_their_term():
    figure = draw(rows_of(TERMS))
    ax = figure.canvas.axes[0]
    labels = {text.get_text(): (box.y0 + box.y1) / 2 for text, box in texts_of(figure)}
    for term, mark in zip(TERMS, artists(figure, "estimate"), strict=True):
        _, height = ax.transData.transform((mark.get_xdata()[0], mark.get_ydata()[0]))
        assert abs(height - labels[term]) < 3


def test_ratios_take_a_log_axis_and_differences_a_linear_one():
    assert draw(rows_of(TERMS)).canvas.axes[0].get_xscale() == "log"
    difference = rows_of(TERMS, "risk_difference", estimate=0.1, ci_low=-0.1, ci_high=0.3)
    assert draw(difference).canvas.axes[0].get_xscale() == "linear"


def test_crude_and_adjusted_stand_under_one_term():
    figure = draw({"Adjusted": rows_of(TERMS), "Crude": rows_of(TERMS, seed=1)}, favours=("Longer", "Shorter"))
    assert_legible(figure)
    assert len(artists(figure, "estimate")) == 6
    assert [word for word in words(figure) if word in TERMS] == TERMS
    assert {"Adjusted", "Crude", "\N{LEFTWARDS ARROW} Longer"} <= set(words(figure))
    faces = [mark.get_markerfacecolor() for mark in artists(figure, "estimate")]
    assert faces.count("white") == 3


def test_intervals_that_leave_the_axis_end_in_arrows():
    figure = draw(rows_of(TERMS, ci_high=400.0))
    assert len(artists(figure, "arrow")) == 3 + sum(figure.data["ci_low"] < 0.1)
    assert max(line.get_xdata()[1] for line in artists(figure, "interval")) == figure.axes[0].get_xlim()[1]


def test_a_term_without_estimate_says_so_and_draws_nothing():
    figure = draw(pd.concat([rows_of(TERMS[:2]), missing(TERMS[2])]))
    assert words(figure).count("not estimable") == 1
    assert len(artists(figure, "estimate")) == 2
    assert f"{TERMS[2]}: not estimable" in figure.alt


def test_headings_stand_over_their_rows_with_their_note():
    rows = pd.concat([rows_of(["Female", "Male"]).assign(part="Sex"), rows_of(["No", "Yes"]).assign(part="Genetics")])
    figure = draw(rows.assign(cr="5/6"), heading="part", heading_notes={"Sex": "P for interaction = 0.41"},
                  columns={"Tandem": "cr"})  # fmt: skip
    assert_legible(figure)
    order = [word for word in words(figure) if word in {"Sex", "Female", "Male", "Genetics", "No", "Yes"}]
    assert order == ["Sex", "Female", "Male", "Genetics", "No", "Yes"]
    assert words(figure).count("5/6") == 4
    assert "P for interaction = 0.41" in words(figure)
    assert "Sex, Female" in figure.alt


def test_rows_with_the_same_label_under_two_headings_stay_apart():
    rows = pd.concat([rows_of(["No", "Yes"]).assign(part="A"), rows_of(["No", "Yes"], seed=3).assign(part="B")])
    assert len(artists(draw(rows, heading="part"), "estimate")) == 4


def test_interleaved_headings_come_together_in_the_order_of_their_first_row():
    rows = pd.concat(
        [rows_of(["No"]).assign(part="B"), rows_of(["No"]).assign(part="A"), rows_of(["Yes"]).assign(part="B")]
    )
    figure = draw(rows, heading="part")
    assert [word for word in words(figure) if word in {"A", "B", "No", "Yes"}] == ["B", "No", "Yes", "A", "No"]


@pytest.mark.parametrize("effect", ["Subdistribution hazard ratio", LONG[0]])
@pytest.mark.parametrize("terms", [TERMS, LONG, [f"Covariate {number}" for number in range(14)]])
def test_texts_never_overlap(terms, effect):
    series = {"Adjusted, penalised": rows_of(terms), "Crude": rows_of(terms, seed=4, ci_high=1e5)}
    options = {"effect": effect, "favours": ("Longer leukaemia-free survival", LONG[0])}
    assert_legible(draw(series, **options))
    rows = rows_of(terms).assign(n_text="12/14", head=LONG[2])
    headed = {"heading": "head", "heading_notes": {LONG[2]: "P for interaction = 0.41"}}
    assert_legible(draw(rows, effect=effect, columns={"Tandem": "n_text", "Others": "n_text"}, **headed))


def test_labels_are_literal_and_complete():
    figure = draw(rows_of(LONG))
    drawn = " ".join(words(figure))
    assert LONG[0] in drawn.replace("\n", " ")
    assert LONG[1] in drawn.replace("\n", "")  # a word longer than its column is broken


def test_shares_are_printed_as_percentages():
    rows = rows_of(["", ""], "proportion", estimate=0.5, ci_low=0.2, ci_high=0.8).assign(group=["A", "B"])
    assert "50.0% (20.0 to 80.0)" in words(draw(rows, label="group", effect="Remission"))


def test_description_gives_estimate_interval_and_p():
    row = rows_of(TERMS[:1], estimate=0.5, ci_low=0.25, ci_high=1.0, p=0.05)
    assert draw(row).alt.endswith("Tandem vs others: 0.50 (0.25 to 1.00), P = 0.0500.")


def test_long_tables_are_not_read_out_in_full():
    assert "6 further estimates are in the table" in draw(rows_of([f"Term {n}" for n in range(30)])).alt


def test_drawing_is_deterministic_and_leaves_settings_alone():
    rows = rows_of(TERMS)
    assert draw(rows).metadata() == draw(rows).metadata()
    assert_leaves_settings_alone(lambda: draw(rows))


def test_what_is_not_recorded_is_said_in_place_of_a_figure():
    for nothing in (rows_of([]), {"Adjusted": rows_of([]), "Crude": rows_of([])}):
        assert draw(nothing).text.startswith("Not recorded in this cohort: ")


@pytest.mark.parametrize("values", [[0.5, 2.0], [0.001, 0.5], [1e-6, 1e6], [0.9, 1.1], [np.nan], []])
@pytest.mark.parametrize("width", [60.0, 110.0, 300.0])
def test_log_axes_hold_every_estimate_and_label_one(values, width):
    scale = scale_for("hazard_ratio", values)
    kept = [value for value in values if np.isfinite(value)]
    assert all(scale.low <= value <= scale.high for value in [*kept, 1.0])
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks(width))


@pytest.mark.parametrize("values", [[-3.0, 4.0], [0.0, 0.0], [1e-9], [250.0, 900.0], []])
def test_linear_axes_hold_every_value_and_the_reference(values):
    scale = scale_for("rmst_difference", values)
    assert all(scale.low <= value <= scale.high for value in [*values, 0.0])
    assert len(scale.ticks(120)) >= 2
