"""The compatible cohorts are dots where their values lie, dark where P is below 0.05."""

import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words
from matplotlib.patches import PathPatch, Rectangle

from helpers.audit import ensemble_values, range_estimates, ranges
from helpers.cohort import load_cohort
from helpers.present.figures import ensemble
from helpers.present.figures.ensemble import plot_ensemble

LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


@pytest.fixture(scope="module")
def values():
    return ensemble_values(load_cohort("data/second_cart"))


@pytest.fixture(scope="module")
def figure(values):
    return draw(values, ranges(values))


def draw(values, rows):
    return plot_ensemble(values, rows, range_estimates(rows), id="ensemble")


def dots(figure):
    """The lines of dots: quantity by quantity, dark and pale; each (value, dots in the column)."""
    patches = [patch for patch in figure.axes[0].patches if isinstance(patch, PathPatch)]
    pitch = patches[0].get_linewidth() / 0.84
    for patch in patches:
        corners = patch.get_path().vertices.reshape(-1, 2, 2)
        yield [(low[0], round((low[1] - high[1]) / pitch) + 1) for low, high in corners]


def shown(values):
    return values[values["shown_first"] & values["value"].notna()]


def counts(figure):
    return [sum(count for _, count in columns) for columns in dots(figure)]


def parts(values):
    grouped = shown(values).groupby("key", sort=False)
    return [n for _, part in grouped for n in (part["significant"].sum(), (~part["significant"]).sum())]


def test_every_cohort_is_a_dot_of_its_colour(figure, values):
    assert counts(figure) == counts(figure.narrow) == parts(values)


def test_dots_can_be_seen(figure):
    for variant in (figure, figure.narrow):
        dots_of = [patch for patch in variant.axes[0].patches if isinstance(patch, PathPatch)]
        assert min(patch.get_linewidth() for patch in dots_of) >= 1  # point, of a sheet that a page shows larger


def test_dots_stand_where_the_values_lie(figure, values):
    low, high = figure.axes[0].get_xlim()
    column = np.log(high / low) / 60  # about the width of a column
    for columns, (_, part) in zip(list(dots(figure))[1::2], shown(values).groupby("key", sort=False), strict=True):
        own = part.loc[~part["significant"], "value"].clip(1 / 20, 20)
        if len(own):
            middle = np.repeat([x for x, _ in columns], [n for _, n in columns])
            assert np.median(np.log(middle)) == pytest.approx(np.median(np.log(own)), abs=column / 2)


def test_the_cohort_of_the_report_is_marked(figure, values):
    marks = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_label() == "here"]
    own = shown(values)
    assert marks == own.loc[own["shown"], "value"].tolist()
    none = draw(values.assign(shown=False), ranges(values))
    assert [len(line.get_xdata()) for line in none.axes[0].lines if line.get_label() == "here"] == [0] * 5


def test_what_the_generator_set_is_hatched(figure, values):
    hatched = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    rows = ranges(values)
    first = rows[rows["shown_first"]]
    bounded = first["bound_low"].notna() & ~first["imposed"]
    assert len(hatched) == first["imposed"].sum() + 2 * bounded.sum()
    low, high = figure.axes[0].get_xlim()
    assert (hatched[0].get_x(), hatched[0].get_width()) == pytest.approx((low, high - low))  # imposed: all of it
    assert hatched[1].get_x() + hatched[1].get_width() == pytest.approx(0.1)
    assert hatched[2].get_x() == pytest.approx(10)


def test_shares_and_title_are_computed(figure, values):
    own = shown(values).groupby("key", sort=False)["significant"].mean()
    assert figure.caption.startswith(
        "What 1,000 cohorts that all match the abstract would have shown; not a confidence"
    )
    assert f"{100 * own['consolidation_lfs_time']:.0f}%" in words(figure)
    assert "100%, imposed" in words(figure)
    assert f"{100 * own['consolidation_lfs_landmark']:.0f}% of 709" in words(figure)
    fewer = values[values["seed"].isin(values["seed"].unique()[:40])]
    assert "What 40 cohorts" in draw(fewer, ranges(fewer)).caption


def test_it_is_small_and_legible(figure):
    assert_legible(figure)
    assert len(figure.svg) < 60_000
    assert len(figure.narrow.svg) < 60_000
    assert "probab" not in figure.alt


def test_texts_never_overlap_with_long_labels(values):
    rows = ranges(values)
    rows["label"] = [f"{number} {LONG[number % 3]}" for number in range(len(rows))]
    assert_legible(draw(values, rows))


def test_far_values_stand_at_the_ends(values):
    far = values.assign(value=values["value"].where(values["seed"] % 2 == 0, 1e6))
    drawn = draw(far, ranges(far))
    assert_legible(drawn)
    assert drawn.axes[0].get_xlim()[1] < 30


def test_no_value_gives_the_reason_in_place_of_a_figure(values):
    nothing = values.assign(value=np.nan, p=np.nan, significant=False)
    assert draw(nothing, ranges(nothing)).role == "absent"
    assert draw(values.iloc[:0], ranges(values.iloc[:0])).role == "absent"


def test_last_bits_move_no_dot():
    scale = ensemble.Scale(True, 0.1, 10.0, 1.0, str)
    at = ensemble._places(pd.Series([1.0, np.nextafter(1, 0), np.nextafter(1, 2)]), scale)
    sure, _ = ensemble._columns(at, np.full(3, True), 100)
    assert sorted(sure)[-1] == 3


def test_drawing_is_deterministic_and_leaves_settings_alone(values):
    few = values[values["seed"] <= 100]
    assert_leaves_settings_alone(lambda: draw(few, ranges(few)))
    assert draw(few, ranges(few)).metadata() == draw(few, ranges(few)).metadata()
