"""Distributions by arm: every patient is a dot, and the numbers beside the figure are the table's."""

import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, rectangles, words
from matplotlib.collections import PathCollection

from helpers.frames import About, patients_about
from helpers.present.figures.distributions import plot_distributions
from helpers.present.layout.colors import ARM_STYLES
from helpers.stats.cohort import describe

ARMS = ["Single CD19 or CD22", "Tandem CD19/CD22", "$x_1$ <b>an arm with sixty characters, spaces and _signs_</b>"]
LABELS = {"age": "Age, years", "sex": "Sex", "dose": "$x_1$ <b>a label with sixty characters, spaces and _signs_</b>"}


def patients(count=35, arms=ARMS):
    rng = np.random.default_rng(count)
    frame = pd.DataFrame({"arm": pd.Categorical(np.resize(arms, count), arms, ordered=True)})
    frame["age"] = rng.integers(3, 70, count).astype(float)
    frame.loc[::7, "age"] = np.nan
    frame["dose"] = rng.lognormal(0, 1, count)
    frame["sex"] = np.resize(["female", "male"], count)
    styles = dict(zip(ARMS, ARM_STYLES, strict=False))
    return patients_about(frame, About("baseline", "Characteristics", styles=styles))


def draw(data):
    return plot_distributions(data, describe(data, LABELS), id="spread", caption="Characteristics that are numbers")


def dots(ax):
    found = [area for area in ax.collections if isinstance(area, PathCollection)]
    return [(x, round(y)) for area in found for x, y in np.asarray(area.get_offsets())]


@pytest.mark.parametrize("arms", [ARMS, ARMS[:1]])
def test_every_patient_with_a_value_is_a_dot_in_the_lane_of_the_arm(arms):
    data = patients(arms=arms)
    figure = draw(data)
    assert_legible(figure)
    for ax, column in zip(figure.canvas.axes, ["age", "dose"], strict=True):
        boxes = [(box.x, box.x + box.width) for box in rectangles([ax], "box")]
        expected = [tuple(data.loc[data["arm"] == arm, column].quantile([0.25, 0.75])) for arm in arms]
        np.testing.assert_allclose(boxes, expected)
        known = data[data[column].notna()]
        lanes = [arms.index(arm) for arm in known["arm"]]
        assert sorted(dots(ax)) == sorted(zip(known[column], lanes, strict=True))


def test_no_dot_lies_on_the_edge_of_the_axis():
    for ax in draw(patients()).canvas.axes:
        low, high = ax.get_xlim()
        places = [x for x, _ in dots(ax)]
        assert low < min(places) <= max(places) < high


def test_the_numbers_beside_the_figure_are_quartiles_and_range():
    data = patients()
    rows = draw(data).data
    assert set(rows["characteristic"]) == {LABELS["age"], LABELS["dose"]}
    for row in rows.itertuples():
        column = "age" if row.characteristic == LABELS["age"] else "dose"
        values = data.loc[(data["arm"] == row.group) | (row.group == "All"), column].dropna()
        expected = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
        assert row.n == len(values)
        np.testing.assert_allclose(
            [row.minimum, row.lower_quartile, row.median, row.upper_quartile, row.maximum], expected
        )


def test_large_cohorts_have_boxes_alone_and_say_so():
    figure = draw(patients(2_000))
    assert not any(dots(ax) for ax in figure.canvas.axes)
    assert "the 2,000 patients are not drawn one by one" in figure.caption
    assert len(figure.metadata()["svg"]) < 40_000


def test_description_gives_the_middle_and_the_ends_of_every_arm():
    data = patients().assign(age=np.repeat([10.0, 20.0, 30.0, 40.0, 50.0], 7))
    youngest = data.loc[data["arm"] == ARMS[1], "age"]
    assert f"{ARMS[1]} median {youngest.median():g}, " in draw(data).alt
    assert "range 10 to 50" in draw(data).alt


def test_words_alone_are_not_drawn():
    data = patients()[["arm", "sex"]]
    assert draw(data).role == "absent"


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(patients()).metadata() == draw(patients()).metadata()
    assert "Age, years" in words(draw(patients()))
    assert_leaves_settings_alone(lambda: draw(patients()))
