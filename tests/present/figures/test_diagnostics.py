import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words
from matplotlib.collections import PathCollection
from statsmodels.nonparametric.smoothers_lowess import lowess

from helpers.frames import About, Frame
from helpers.present.figures.diagnostics import MOST, PANEL, SMOOTHED, plot_influence, plot_residuals, smooth
from helpers.present.layout.theme import WIDE

TERMS = ["Tandem vs others", "High-risk genetics: yes vs no"]
LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def residuals(terms=TERMS, count=20, seed=0, clock=""):
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame({"term": t, "time_months": rng.uniform(1, 28, count), "coefficient": rng.normal(0.5, 2, count)})
        for t in terms
    ]
    frame = Frame(pd.concat(parts, ignore_index=True).assign(variable=lambda rows: rows["term"]))
    frame.about = About(clock=clock)
    return frame


def score_tests(**p):
    return pd.DataFrame({"variable": list(p), "p": list(p.values())})


def draw(rows, tests=None):
    return plot_residuals(rows, tests, id="ph", caption="Effects over time")


def lines(figure, gid):
    return [line for ax in figure.axes for line in ax.lines if line.get_label() == gid]


def test_every_event_is_a_point_and_the_dashed_line_their_mean():
    rows = residuals(clock="months since allogeneic transplant")
    figure = draw(rows, score_tests(**{TERMS[0]: 0.67, "Global": 0.5}))
    assert_legible(figure)
    for term, ax, estimate in zip(TERMS, figure.axes, lines(figure, "estimate"), strict=True):
        effects = rows.loc[rows["term"] == term, "coefficient"]
        np.testing.assert_allclose(np.sort(ax.collections[0].get_offsets()[:, 1]), np.sort(effects))
        np.testing.assert_allclose(estimate.get_ydata(), effects.mean())
    assert "score test P = 0.67" in words(figure)
    assert "Months since allogeneic transplant" in words(figure)
    pd.testing.assert_frame_equal(figure.data, pd.DataFrame(rows[["term", "time_months", "coefficient"]]))


def test_smooth_equals_tricube_weighted_lines():
    """Cleveland 1979 without robust steps, by weighted least squares at each event."""
    rng = np.random.default_rng(3)
    time, effect = np.sort(rng.uniform(0, 20, 24)), rng.choice([-1.5, 2.5], 24)
    expected = []
    for at in time:
        distance = np.abs(time - at)
        weight = np.sqrt(np.clip(1 - (distance / np.sort(distance)[15]) ** 3, 0, None) ** 3)  # two thirds of 24 events
        design = np.column_stack([np.ones(24), time - at]) * weight[:, None]
        expected.append(np.linalg.lstsq(design, effect * weight, rcond=None)[0][0])
    np.testing.assert_allclose(smooth(time, effect)[:, 1], expected, rtol=1e-9)


def test_the_smooth_of_many_events_lies_less_than_a_pixel_beside_that_of_each():
    rng = np.random.default_rng(4)
    time = rng.exponential(12, 20_000).clip(max=72)
    effect = rng.choice([-1.5, 2.5], 20_000) + np.sin(time / 6) + rng.normal(0, 0.3, 20_000)
    whole = lowess(effect, time, frac=SMOOTHED, it=0, delta=1e-3)  # in months
    drawn = smooth(time, effect)
    assert len(drawn) == MOST
    pixel = np.ptp(effect) / (PANEL * 680 / WIDE)  # of a wide figure on a page
    inside = whole[(whole[:, 0] >= drawn[0, 0]) & (whole[:, 0] <= drawn[-1, 0])]
    assert len(inside) > 19_900
    assert np.abs(np.interp(inside[:, 0], *drawn.T) - inside[:, 1]).max() < pixel


def test_few_events_get_no_smooth():
    assert not lines(draw(residuals(count=4)), "smooth")
    assert len(lines(draw(residuals(count=5)), "smooth")) == 2


@pytest.mark.parametrize("count", [1, 3, 60])
def test_texts_of_residuals_never_overlap(count):
    assert_legible(draw(residuals(LONG, count, clock=LONG[2]), score_tests(**dict.fromkeys(LONG, 0.0001))))


def left_out(terms=TERMS, count=23, seed=0):
    values = np.exp(np.random.default_rng(seed).normal(0, 0.2, count * len(terms)))
    return pd.DataFrame(
        {"term": np.repeat(terms, count), "patient": list(range(count)) * len(terms), "hazard_ratio": values}
    )


def model(terms=TERMS):
    return pd.DataFrame({"term": terms, "measure": "hazard_ratio", "estimate": np.linspace(0.5, 2, len(terms))})


def influence(rows, estimates):
    return plot_influence(rows, estimates, id="influence", caption="Influence")


def test_influence_draws_every_fit_and_tables_the_ranges():
    rows = left_out()
    figure = influence(rows, model())
    assert_legible(figure)
    drawn = np.concatenate(
        [dots.get_offsets()[:, 0] for dots in figure.axes[0].collections if isinstance(dots, PathCollection)]
    )
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
    assert_legible(influence(left_out(LONG), model(LONG)))


def test_figures_of_many_events_and_patients_stay_small_and_say_so():
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"term": "Age", "variable": "age", "time_months": rng.exponential(20, 30_000)})
    figure = draw(rows.assign(coefficient=np.sin(rows["time_months"] / 20) + rng.normal(size=30_000)))
    assert "400 evenly spaced ones are drawn" in figure.caption
    assert len(figure.data) == 400
    assert len(figure.svg) < 60_000
    fits = influence(left_out(count=5_000), model())
    assert "50 with the lowest and the highest" in fits.caption
    assert len(fits.svg) < 60_000
    assert fits.data["highest"].max() == left_out(count=5_000)["hazard_ratio"].max()


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(residuals().assign(coefficient=np.nan)).role == "absent"
    assert influence(left_out().assign(hazard_ratio=np.nan), model()).role == "absent"


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(residuals()).metadata() == draw(residuals()).metadata()
    assert_leaves_settings_alone(lambda: (draw(residuals()), influence(left_out(), model())))
