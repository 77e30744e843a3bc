import itertools

import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.present.figures.ensemble import plot_ensemble
from helpers.present.figures.specification import plot_specification

LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]
CHOICES = ["Clock", "Covariates"]


def analyses(count=12, seed=0, levels=("none", "all"), measure="hazard_ratio"):
    rng = np.random.default_rng(seed)
    made = list(itertools.islice(itertools.cycle(itertools.product(("infusion", "remission"), levels)), count))
    effect, error = rng.normal(-0.3, 0.4, count), rng.uniform(0.2, 0.7, count)
    low, middle, high = np.exp([effect - 1.96 * error, effect, effect + 1.96 * error])
    rows = pd.DataFrame(made, columns=CHOICES)
    return rows.assign(
        measure=measure, estimate=middle, ci_low=low, ci_high=high, p=rng.random(count), n=35, events=20, method="Cox"
    )


def draw(rows, **options):
    settings = {"id": "spec", "caption": "Specifications", "effect": "Hazard ratio"}
    return plot_specification(rows, **(settings | options))


def points(figure, gid, axes=1):
    found = [line for line in figure.canvas.axes[axes].lines if line.get_label() == gid]
    return sorted((x, y) for line in found for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True))


def test_estimates_are_drawn_sorted_and_equal_the_rows():
    rows = analyses()
    figure = draw(rows, below="Below 1: longer survival")
    assert_legible(figure)
    np.testing.assert_allclose([y for _, y in points(figure, "estimate")], np.sort(rows["estimate"]))
    np.testing.assert_allclose(figure.data["estimate"], np.sort(rows["estimate"]))


def test_every_analysis_has_one_mark_per_choice():
    rows = analyses(16)
    figure = draw(rows)
    marks = points(figure, "choice", axes=0)
    assert len(marks) == 16 * len(CHOICES)
    heights = sorted({y for _, y in marks})
    own = {place for place, y in marks if y == heights[0]}
    assert own == set(np.flatnonzero(figure.data["Clock"] == "infusion"))


def test_description_counts_direction_and_significance():
    rows = analyses(20)
    alt_text = draw(rows).alt
    assert "Specification curve of 20 analyses." in alt_text
    assert f"{(rows['estimate'] < 1).sum()} of 20 lie below 1; {(rows['p'] < 0.05).sum()} reach P < 0.05." in alt_text


def test_analyses_without_estimate_are_counted_not_drawn():
    rows = analyses(10)
    rows.loc[[2, 5], "estimate"] = np.nan
    figure = draw(rows)
    assert len(figure.data) == 8
    assert figure.caption.endswith("2 of 10 analyses gave no estimate.")


@pytest.mark.parametrize("count", [1, 7, 150])
def test_texts_of_the_curve_never_overlap(count):
    assert_legible(draw(analyses(count, levels=LONG), effect=LONG[0], below=LONG[2]))
    assert_legible(draw(analyses(count, measure="risk_difference")))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(analyses(3).assign(estimate=np.nan)).role == "absent"
    assert ensemble(ranges().assign(low=np.nan)).role == "absent"


def ranges():
    rows = [
        ("Consolidation, fixed", "hazard_ratio", 0.012, 0.089, 0.228, True),
        ("Tandem, overall survival", "hazard_ratio", 0.32, 0.61, 1.05, False),
        ("Two-year survival, lower limit", "survival", 0.10, 0.105, 0.11, True),
        ("Severe CRS", "p_value", 1.0, 1.0, 1.0, True),
        ("Median survival, months", "median", 6.9, 15.7, 22.8, False),
    ]
    return pd.DataFrame(rows, columns=["label", "measure", "low", "median", "high", "determined"])


def ensemble(rows):
    return plot_ensemble(rows, id="ensemble", caption="What is left open")


def every(figure, gid):
    return [line for ax in figure.canvas.axes for line in ax.lines if line.get_label() == gid]


def test_ranges_and_medians_equal_the_rows():
    figure = ensemble(ranges())
    assert_legible(figure)
    drawn = sorted(tuple(line.get_xdata()) for line in every(figure, "range"))
    assert drawn == sorted(zip(ranges()["low"], ranges()["high"], strict=True))
    assert sorted(line.get_xdata()[0] for line in every(figure, "median")) == sorted(ranges()["median"])
    assert set(figure.data["term"]) == set(ranges()["label"])


def test_determined_and_open_quantities_differ_by_marker_and_fill():
    styles = {
        (line.get_marker(), line.get_markerfacecolor() == "white") for line in every(ensemble(ranges()), "median")
    }
    assert styles == {("o", False), ("D", True)}


def test_each_kind_of_quantity_has_its_own_axis():
    figure = ensemble(ranges())
    assert [ax.get_xscale() for ax in figure.canvas.axes[1:]] == ["log", "linear", "linear", "linear"]
    assert {"Ratios", "Shares", "P values", "Other"} <= set(words(figure))
    assert "Ratios" not in words(ensemble(ranges().head(2)))


def test_ranges_beyond_the_axis_end_in_arrows():
    rows = ranges().head(1).assign(low=1e-6, high=1e6)
    assert len(every(ensemble(rows), "arrow")) == 2


def test_description_separates_what_is_determined():
    alt_text = ensemble(ranges()).alt
    assert "5 quantities, 3 determined" in alt_text
    assert "Tandem, overall survival: 0.61 (0.32 to 1.05), not determined." in alt_text
    assert "probab" not in alt_text


def test_texts_of_ranges_never_overlap_with_long_labels():
    rows = pd.concat([ranges()] * 3, ignore_index=True)
    assert_legible(ensemble(rows.assign(label=[f"{number} {LONG[number % 3]}" for number in range(len(rows))])))


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(analyses()).metadata() == draw(analyses()).metadata()
    assert_leaves_settings_alone(lambda: (draw(analyses()), ensemble(ranges())))


def test_estimates_that_differ_by_a_last_bit_keep_the_order_of_the_analyses():
    made = analyses().assign(estimate=1.0, p=0.05)
    nudged = made.assign(estimate=np.nextafter(1.0, np.arange(len(made)) % 3), p=np.nextafter(0.05, np.arange(12) % 2))
    pd.testing.assert_frame_equal(draw(nudged).data, draw(made).data, rtol=1e-12)
    assert "0 of 12 lie below 1; 0 reach P < 0.05" in draw(nudged).alt
