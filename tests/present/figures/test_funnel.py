import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.present import show
from helpers.present.figures.funnel import plot_funnel
from helpers.stats.centres import comparable, control_limits, funnel, sizes, target
from helpers.stats.estimates import estimates

LONG = "$x_1$ <b>a centre</b> & "


def centres(count=40, seed=1, measure="proportion", name="centre-{:02d}"):
    rng = np.random.default_rng(seed)
    n = np.exp(rng.normal(4, 0.9, count)).astype(int) + 5
    events = rng.binomial(n, 1 / (1 + np.exp(-rng.normal(-0.1, 0.4, count))))
    ratio, error = np.exp(rng.normal(0, 0.5, count)), 2 / np.sqrt(n)
    records = [{"measure": measure, "method": "x", "n": a, "events": b} for a, b in zip(n, events, strict=True)]
    shares = measure == "proportion"
    values = [{"estimate": b / a} for a, b in zip(n, events, strict=True)]
    ratios = [{"estimate": a, "std_error": b} for a, b in zip(ratio, error, strict=True)]
    rows = estimates(a | b for a, b in zip(records, values if shares else ratios, strict=True))
    rows["status"] = np.where(n < 20, "few_at_risk", "ok")
    return funnel(comparable(rows.assign(run=[name.format(number) for number in range(count)])))


def draw(rows, **options):
    limits = control_limits(rows["measure"].iloc[0], target(rows), sizes(rows))
    fields = {"id": "f", "caption": "Funnel", "label": "Overall survival at 24 months"}
    return plot_funnel(rows, limits, **(fields | options))


def lines(figure, gid):
    return [line for line in figure.canvas.axes[0].lines if line.get_label() == gid]


def test_every_centre_is_drawn_at_its_size_and_estimate():
    rows = centres()
    figure = draw(rows)
    drawn = np.vstack([np.column_stack(line.get_data()) for line in lines(figure, "centres")])
    expected = rows[["size", "estimate"]].to_numpy(float)
    np.testing.assert_array_equal(drawn[np.lexsort(drawn.T)], expected[np.lexsort(expected.T)])
    np.testing.assert_array_equal(figure.data["estimate"], rows["estimate"])
    assert figure.data["outside"].tolist() == rows["outside"].tolist()
    assert_legible(figure)


def test_lines_are_the_limits_and_the_value_of_all():
    rows = centres()
    figure = draw(rows)
    [middle] = lines(figure, "middle")
    assert set(middle.get_ydata()) == {target(rows)}
    for gid in ("low_95", "high_95", "low_998", "high_998"):
        [line] = lines(figure, gid)
        at = control_limits("proportion", target(rows), line.get_xdata())[gid]
        np.testing.assert_array_equal(line.get_ydata(), at)


def test_centres_outside_are_named_and_described():
    rows = centres()
    outside = rows.loc[rows["outside"] != "", "run"]
    assert 0 < len(outside) < 14
    figure = draw(rows)
    named = [word for word in words(figure) if word.startswith("centre-")]
    assert set(named) <= set(outside)
    assert len(named) >= len(outside) / 2
    assert all(run in figure.alt for run in outside)
    assert not any(run in figure.alt for run in set(rows["run"]) - set(outside))
    assert f"({(rows['status'] == 'few_at_risk').sum()} of 40)" in figure.caption


def test_hollow_marks_have_too_few_patients():
    rows = centres()
    hollow = [line for line in lines(draw(rows), "centres") if line.get_markerfacecolor() == "white"]
    assert sum(len(line.get_xdata()) for line in hollow) == (rows["status"] == "few_at_risk").sum()


def test_ratios_take_a_log_axis():
    figure = draw(centres(measure="hazard_ratio"), label="Overall survival, hazard ratio")
    assert figure.canvas.axes[0].get_yscale() == "log"
    assert "Precision, 1 / standard error" in words(figure)
    assert_legible(figure)


@pytest.mark.parametrize("count", [3, 500])
def test_few_and_many_centres_with_long_names_stay_legible(count):
    figure = draw(centres(count, seed=2, name=LONG + "{:02d}" + "x" * 40), label=LONG * 4)
    assert_legible(figure)
    assert len(figure.alt) < 4000
    assert len(figure.svg) < 300_000


def test_equal_centres_lie_within():
    rows = estimates([{"measure": "proportion", "method": "x", "estimate": 0.5, "n": 20, "events": 10}] * 3)
    figure = draw(funnel(comparable(rows.assign(run=["a", "b", "c"]))))
    assert "None lies outside the limits." in figure.alt
    assert "Hollow" not in figure.caption
    assert_legible(figure)


def test_no_centre_gives_a_line_in_place_of_the_figure():
    rows = centres(5)
    empty = plot_funnel(rows, pd.DataFrame(), id="f", caption="Funnel", label="Survival")
    assert empty == show.Text("absent", "Survival: no centres to compare.")


def test_settings_are_left_alone():
    assert_leaves_settings_alone(lambda: draw(centres(5)))
