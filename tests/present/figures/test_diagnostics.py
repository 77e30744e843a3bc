import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.present.figures.diagnostics import moving_mean, plot_influence, plot_residuals

TERMS = ["Tandem vs others", "High-risk genetics: yes vs no"]
LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def residuals(terms=TERMS, count=20, seed=0):
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame({"term": t, "time_months": rng.uniform(1, 28, count), "coefficient": rng.normal(0.5, 2, count)})
        for t in terms
    ]
    return pd.concat(parts, ignore_index=True)


def draw(rows, **options):
    return plot_residuals(rows, **({"id": "ph", "caption": "Effects over time"} | options))


def lines(figure, gid):
    return [line for ax in figure.canvas.axes for line in ax.lines if line.get_label() == gid]


def test_every_event_is_a_point_and_the_dashed_line_their_mean():
    rows = residuals()
    figure = draw(rows, notes={TERMS[0]: "P = 0.67"})
    assert_legible(figure)
    for term, points, estimate in zip(TERMS, lines(figure, "events"), lines(figure, "estimate"), strict=True):
        own = rows.loc[rows["term"] == term, "coefficient"]
        np.testing.assert_allclose(np.sort(points.get_ydata()), np.sort(own))
        np.testing.assert_allclose(estimate.get_ydata(), own.mean())
    assert "P = 0.67" in words(figure)
    pd.testing.assert_frame_equal(figure.data, rows[["term", "time_months", "coefficient"]])


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=40), st.floats(0.05, 1))
def test_moving_mean_equals_a_recount(values, share):
    values = np.array(values)
    half = max(1, round(share * len(values) / 2))
    expected = [values[max(0, k - half) : k + half + 1].mean() for k in range(len(values))]
    np.testing.assert_allclose(moving_mean(values, share), expected, atol=1e-9)


def test_few_events_get_no_moving_mean():
    assert not lines(draw(residuals(count=4)), "mean")
    assert len(lines(draw(residuals(count=5)), "mean")) == 2


@pytest.mark.parametrize("count", [1, 3, 60])
def test_texts_of_residuals_never_overlap(count):
    assert_legible(draw(residuals(LONG, count), notes={LONG[0]: "P = 0.67", LONG[1]: LONG[2]}, time_label=LONG[2]))


def left_out(terms=TERMS, count=23, seed=0):
    values = np.exp(np.random.default_rng(seed).normal(0, 0.2, count * len(terms)))
    return pd.DataFrame(
        {"term": np.repeat(terms, count), "patient": list(range(count)) * len(terms), "hazard_ratio": values}
    )


def model(terms=TERMS):
    return pd.DataFrame({"term": terms, "measure": "hazard_ratio", "estimate": np.linspace(0.5, 2, len(terms))})


def influence(rows, estimates, **options):
    return plot_influence(rows, estimates, **({"id": "influence", "caption": "Influence"} | options))


def test_influence_draws_every_fit_and_tables_the_ranges():
    rows = left_out()
    figure = influence(rows, model())
    assert_legible(figure)
    drawn = np.concatenate([line.get_xdata() for line in lines(figure, "left out")])
    np.testing.assert_allclose(np.sort(drawn), np.sort(rows["hazard_ratio"]))
    own = rows.groupby("term", sort=False)["hazard_ratio"]
    np.testing.assert_allclose(figure.data["lowest"], own.min())
    np.testing.assert_allclose(figure.data["highest"], own.max())
    assert "patient" not in figure.data


def test_fits_that_failed_without_a_patient_are_counted():
    rows = left_out()
    rows.loc[:3, "hazard_ratio"] = np.nan
    assert influence(rows, model()).data["lost"].tolist() == [4, 0]


def test_influence_keeps_long_labels_legible():
    assert_legible(influence(left_out(LONG), model(LONG), effect=LONG[0]))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(residuals().assign(coefficient=np.nan)).role == "absent"
    assert influence(left_out().assign(hazard_ratio=np.nan), model()).role == "absent"


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(residuals()).metadata() == draw(residuals()).metadata()
    assert_leaves_settings_alone(lambda: (draw(residuals()), influence(left_out(), model())))
