import itertools

import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.present.figures.specification import plot_specification
from helpers.stats.estimates import estimates

LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def analyses(count=12, seed=0, levels=("unadjusted", "adjusted"), measure="hazard_ratio"):
    rng = np.random.default_rng(seed)
    made = list(itertools.islice(itertools.cycle(itertools.product(("ever", "in time"), levels)), count))
    effect, error = rng.normal(-0.3, 0.4, count), rng.uniform(0.2, 0.7, count)
    low, middle, high = np.exp([effect - 1.96 * error, effect, effect + 1.96 * error])
    rows = estimates(
        {"measure": measure, "estimate": m, "ci_low": a, "ci_high": b, "p": p, "n": 35, "events": 20, "method": "Cox"}
        for a, m, b, p in zip(low, middle, high, rng.random(count), strict=True)
    )
    return rows.assign(**dict(zip(("Counting", "Covariates"), zip(*made, strict=True), strict=True)))


def draw(rows, **options):
    return plot_specification(rows, **({"id": "spec", "caption": "Specifications"} | options))


def points(figure):
    return [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_label() == "estimate"]


def test_every_analysis_is_a_row_under_the_first_choice_that_varies():
    rows = analyses(4)
    figure = draw(rows)
    assert_legible(figure)
    np.testing.assert_allclose(points(figure), rows["estimate"])
    labels = [word for word in words(figure) if word in {"Ever", "In time", "Unadjusted", "Adjusted"}]
    assert labels == ["Ever", "Unadjusted", "Adjusted", "In time", "Unadjusted", "Adjusted"]


def test_choices_of_one_level_are_not_named():
    rows = analyses(4).assign(Clock="infusion", Counting="ever")
    drawn = draw(rows.head(2))
    assert "Ever" not in words(drawn)
    assert {"Unadjusted", "Adjusted"} <= set(words(drawn))
    assert "The one analysis" in words(draw(rows.head(1)))


def test_analyses_without_estimate_are_counted_not_drawn():
    rows = analyses(10)
    rows.loc[[2, 5], "estimate"] = np.nan
    figure = draw(rows)
    assert len(figure.data) == 8
    assert "2 of 10 analyses have no estimate." in figure.caption


@pytest.mark.parametrize("count", [1, 7, 24])
def test_texts_never_overlap(count):
    assert_legible(draw(analyses(count, levels=LONG)))
    assert_legible(draw(analyses(count, measure="odds_ratio"), favours=(LONG[0], "higher")))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(analyses(3).assign(estimate=np.nan)).role == "absent"


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(analyses()).metadata() == draw(analyses()).metadata()
    assert_leaves_settings_alone(lambda: draw(analyses()))


def test_rows_keep_the_order_of_the_analyses_whatever_their_estimates():
    rows = analyses(4)
    turned = rows.assign(estimate=rows["estimate"].to_numpy()[::-1])
    assert draw(turned).data["term"].tolist() == draw(rows).data["term"].tolist()
    assert isinstance(draw(rows).data, pd.DataFrame)
