import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, texts_of, words

from helpers.frames import About, Frame
from helpers.present.figures.series import plot_series
from helpers.present.layout.colors import ARM_STYLES

ARMS = ["Single CD19 or CD22", "Tandem CD19/CD22"]
STYLES = dict(zip(ARMS, ARM_STYLES, strict=False))
LONG = ["$x_1$ <b>an arm with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]
LEVELS = {"Grade 4": 0.5, "Profound": 0.1}


def counts(patients, arms=ARMS, seed=0):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"patient_id": np.repeat(np.arange(patients), 20), "day": np.tile(np.arange(0, 60, 3.0), patients)}
    )
    value = 2 * np.exp(-((rows["day"] - 9) ** 2) / 90 * -1).clip(0.02, 3) * rng.lognormal(0, 0.4, len(rows))
    return rows.assign(arm=[arms[p % len(arms)] for p in rows["patient_id"]], anc=np.clip(value, 0, 9))


def draw(rows, styles=STYLES, thresholds=LEVELS, clock="days since transplant", label="Neutrophils"):
    data = Frame(rows)
    data.about = About(clock=clock, styles=styles)
    return plot_series(data, "anc", id="anc", caption="Neutrophils", label=label, thresholds=thresholds)


def lines(figure, gid):
    return [line for ax in figure.canvas.axes for line in ax.lines if line.get_label() == gid]


def patients(figure, axes=None):
    found = [lines for ax in axes or figure.canvas.axes for lines in ax.collections if lines.get_label() == "patient"]
    return [path for lines in found for path in lines.get_segments()]


def test_every_value_of_every_patient_is_drawn_in_the_panel_of_its_group():
    rows = counts(10)
    figure = draw(rows)
    assert_legible(figure)
    for arm, ax in zip(ARMS, figure.canvas.axes, strict=True):
        drawn = patients(figure, [ax])
        expected = [part[["day", "anc"]].to_numpy() for _, part in rows[rows["arm"] == arm].groupby("patient_id")]
        np.testing.assert_allclose(drawn, expected)


def test_the_time_axis_starts_at_the_time_zero_of_the_study():
    assert "Days since transplant" in words(draw(counts(4)))


def test_medians_equal_a_recount_and_are_the_data():
    rows = counts(11)
    figure = draw(rows)
    expected = rows.groupby(["arm", "day"])["anc"].median()
    drawn = figure.data.set_index(["group", "day"])["median"]
    np.testing.assert_allclose(drawn.sort_index(), expected.sort_index())
    assert "patient_id" not in figure.data


def test_thresholds_are_named_in_every_panel():
    figure = draw(counts(6))
    assert words(figure).count("Grade 4 (0.5)") == 2
    assert len(lines(figure, "threshold")) == 4


def test_thresholds_that_touch_are_named_apart():
    assert_legible(draw(counts(6), thresholds={"A": 0.5, "B": 0.49, "C": 0.48, LONG[0]: 8.9, "D": 9.0}))


def test_values_of_zero_are_drawn_at_the_floor_and_said_to_be():
    rows = counts(4)
    rows.loc[3, "anc"] = 0.0
    figure = draw(rows)
    assert min(path[:, 1].min() for path in patients(figure)) == 0.01
    assert "Values under 0.01 are drawn at 0.01." in figure.caption


def test_description_counts_patients_below_each_threshold():
    rows = counts(10)
    low = rows[rows["arm"] == ARMS[0]].groupby("patient_id")["anc"].min()
    assert f"{(low < 0.5).sum()} fell below 0.5 (Grade 4)" in draw(rows).alt
    assert f"{ARMS[0]}, 5 patients" in draw(rows).alt


def test_large_groups_are_drawn_as_bands_and_the_caption_says_so():
    rows = counts(200)
    figure = draw(rows)
    assert not patients(figure)
    assert "bands hold the middle 80% and 50% of each day" in figure.caption
    assert "100 patients" in figure.alt
    wide = next(area for area in figure.canvas.axes[0].collections if area.get_label() == "band")
    own = rows[rows["arm"] == ARMS[0]].groupby("day")["anc"].quantile(0.9)
    heights = pd.DataFrame(wide.get_paths()[0].vertices, columns=["day", "value"]).groupby("day")["value"].max()
    np.testing.assert_allclose(heights.loc[own.index], own)
    assert len(draw(counts(2_000)).svg) < 1.3 * len(figure.svg)


def test_groups_without_values_are_named():
    rows = counts(6)
    assert f"No values: {ARMS[1]}." in draw(rows[rows["arm"] == ARMS[0]]).caption


@pytest.mark.parametrize("arms", [LONG, ["A"], list("ABCDEF")])
def test_texts_of_series_never_overlap(arms):
    assert_legible(draw(counts(12, arms), {}, clock=LONG[2], label=LONG[0]))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(counts(2).assign(anc=np.nan)).role == "absent"


def test_drawing_is_deterministic_and_leaves_settings_alone():
    rows = counts(5)
    assert draw(rows).metadata() == draw(rows).metadata()
    assert_leaves_settings_alone(lambda: draw(rows))
    assert len(texts_of(draw(rows))) > 8
