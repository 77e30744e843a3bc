import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legible import assert_leaves_settings_alone, assert_legible, rectangles, words

from helpers.present.figures.balance import plot_love, plot_missing

LONG = ["$x_1$ <b>a term with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def differences(terms):
    values = np.random.default_rng(0).normal(0, 0.3, len(terms))
    frame = pd.DataFrame({"term": terms, "group": "Tandem vs others", "estimate": values, "n": 35.0, "note": ""})
    return frame.assign(std_error=0.1, df=1.0, id="", origin="")


def love(smd):
    return plot_love(smd, id="love", caption="Balance")


def marks(figure):
    found = [line for line in figure.canvas.axes[0].lines if line.get_label() == "difference"]
    return [(x, y) for line in found for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def test_differences_are_drawn_absolute_and_largest_first():
    smd = differences([f"Covariate {number}" for number in range(8)])
    figure = love(smd)
    assert_legible(figure)
    drawn = [x for x, _ in sorted(marks(figure), key=lambda mark: mark[1])]
    np.testing.assert_allclose(drawn, sorted(smd["estimate"].abs(), reverse=True))
    pd.testing.assert_series_equal(
        figure.data.set_index("term")["estimate"].sort_index(), smd.set_index("term")["estimate"].sort_index()
    )


def test_the_sign_is_printed_for_one_comparison():
    assert "\u22120.25" in words(love(differences(["Age"]).assign(estimate=-0.25)))


@pytest.mark.parametrize("terms", [LONG, [f"Covariate number {n}" for n in range(37)] + LONG])
def test_forty_covariates_and_long_labels_stay_legible(terms):
    figure = love(differences(terms))
    assert_legible(figure)
    assert figure.canvas.get_figheight() < 11


def test_differences_that_are_not_estimable_come_last_and_say_so():
    smd = differences(["Age", "Sex"])
    smd.loc[0, "estimate"] = np.nan
    figure = love(smd)
    assert "not estimable" in words(figure)
    assert len(marks(figure)) == 1
    assert figure.alt.endswith("Not estimable: Age.")


def test_description_counts_what_chance_does_not_give():
    smd = differences(["Age", "Sex", "Dose", "Site"]).assign(estimate=[0.05, -0.4, 0.2, 0.2], df=[1, 1, 1, 4])
    figure = love(smd)
    assert "2 of 4 characteristics beyond what chance gives in groups of this size" in figure.alt
    assert "Sex 0.40, Dose 0.20)" in figure.alt
    (band,) = (area for area in figure.axes[0].patches if area.get_label() == "chance")
    assert band.get_width() == pytest.approx(0.196)


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert love(differences(["Age"]).assign(estimate=np.nan)).role == "absent"
    assert love(differences([])).text.startswith("Not recorded in this cohort: ")
    assert plot_missing(pd.DataFrame({"a": [1]}), {}, id="missing", caption="Missing").role == "absent"


def table(pattern):
    frame = pd.DataFrame(np.where(pattern, np.nan, 1.0))
    return frame.rename(columns=lambda number: f"c{number}")


def missing(patients, labels=None):
    labels = labels or {column: f"Label of {column}" for column in patients}
    return plot_missing(patients, labels, id="missing", caption="Missing values")


def dark(figure):
    """The cells of the map, a row per variable, True where dark."""
    patients = figure.data["n"].iloc[0]
    middles, rows = (np.arange(patients) + 0.5) / patients, {}
    for bar in rectangles(figure.axes, "known"):
        rows[bar.y] = np.zeros(patients, dtype=bool)
    for bar in rectangles(figure.axes, "missing"):
        rows[bar.y] |= (middles > bar.x) & (middles < bar.x + bar.width)
    return np.array(list(rows.values()))


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(0, 10**6))
def test_dark_blocks_count_every_missing_value(patients, variables, seed):
    rng = np.random.default_rng(seed)
    pattern = rng.random((patients, variables)) < rng.random(variables)
    some = pattern.sum(axis=0)[pattern.any(axis=0)].tolist()
    figure = missing(table(pattern))
    if not some:
        assert figure.role == "sentence"
        return
    assert dark(figure).sum(axis=1).tolist() == some
    assert figure.data["missing"].tolist() == some
    assert_legible(figure)


def test_patients_who_lack_the_same_values_stand_together():
    pattern = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 0]], dtype=bool)
    assert dark(missing(table(pattern))).astype(int).tolist() == [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0]]


def test_a_column_that_the_table_lacks_is_missing_for_all_and_a_complete_one_has_no_row():
    figure = missing(table(np.zeros((4, 1), dtype=bool)), {"c0": "Age", "mrd": "MRD"})
    assert figure.data.set_index("variable")["missing"].to_dict() == {"MRD": 4}
    assert "4 (100%)" in words(figure)
    assert figure.alt == "Missing values of 4 patients: MRD 4 (100%); 1 other variable without a gap."


def test_large_cohorts_show_shares_and_say_so():
    pattern = np.random.default_rng(1).random((5_000, 3)) < 0.3
    figure = missing(table(pattern))
    assert "share of patients" in figure.caption
    bars = [bar.width for bar in rectangles(figure.axes, "missing")]
    np.testing.assert_allclose(bars, pattern.mean(axis=0))
    assert len(figure.metadata()["svg"]) < 30_000


def test_complete_data_is_said_to_be_complete():
    assert missing(table(np.zeros((4, 2), dtype=bool))).text == "No value is missing in 2 columns of 4 patients."


def test_texts_of_the_map_never_overlap():
    pattern = np.random.default_rng(2).random((50, 30)) < 0.2
    patients = table(pattern)
    labels = {column: (LONG * 10)[number] for number, column in enumerate(patients)}
    labels = {column: f"{number} {label}" for number, (column, label) in enumerate(labels.items())}
    assert_legible(missing(patients, labels))


def test_drawing_is_deterministic_and_leaves_settings_alone():
    smd = differences(["Age", "Sex"])
    assert love(smd).metadata() == love(smd).metadata()
    assert_leaves_settings_alone(lambda: love(smd))
