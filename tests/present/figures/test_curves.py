import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, texts_of, words

from helpers import marks
from helpers.frames import About
from helpers.present.figures.curve_lines import lines_to_draw
from helpers.present.figures.curves import follow_up_ticks, plot_curves, time_ticks
from helpers.present.layout.colors import ARM_STYLES, Style
from helpers.stats.estimates import estimates
from helpers.stats.survival.curve import Curve

SINGLE, TANDEM, THIRD = "Single CD19 or CD22", "Tandem CD19/CD22", "Sequential CD19 and CD22"
STYLES = dict(zip([SINGLE, TANDEM, THIRD], ARM_STYLES, strict=False))
LONG = ["$x_1$ <b>first arm with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "中" * 60]


def curve(group, times, events):
    """A Kaplan-Meier curve counted by hand, one patient a time."""
    n, value, rows = len(times), 1.0, []
    rows.append((group, 0.0, 1.0, np.nan, np.nan, n, 0, 0))
    for number, (time, event) in enumerate(sorted(zip(times, events, strict=True))):
        value *= 1 - event / (n - number)
        rows.append((group, time, value, max(0, value - 0.2), min(1, value + 0.2), n - number, event, 1 - event))
    names = ["group", "time_months", "survival", "ci_low", "ci_high", "at_risk", "events", "censored"]
    return pd.DataFrame(rows, columns=names)


def risk_of(curves, times):
    rows = [
        (group, time, int((part["time_months"].iloc[1:] >= time).sum()))
        for group, part in curves.groupby("group", sort=False)
        for time in times
    ]
    return pd.DataFrame(rows, columns=["group", "time_months", "at_risk"])


@pytest.fixture
def curves():
    rng = np.random.default_rng(7)
    sizes = {SINGLE: 18, TANDEM: 14, THIRD: 3}
    parts = [curve(g, np.sort(rng.uniform(1, 33, n)).round(2), rng.integers(0, 2, n)) for g, n in sizes.items()]
    return pd.concat(parts, ignore_index=True)


def as_curve(rows, by="arm", styles=STYLES, **facts):
    """The rows as the curve of an endpoint."""
    curve = Curve(rows)
    named = {"key": "os", "label": "Overall survival", "clock": "months since transplant"}
    curve.about = About(**(named | facts), styles=styles)
    curve.estimator, curve.by = "Kaplan-Meier", by
    return curve


def draw(rows, min_at_risk=1, styles=STYLES, label="Overall survival", **options):
    return plot_curves(as_curve(rows, min_at_risk=min_at_risk, styles=styles, label=label), **options)


def step_lines(figure):
    return [line for line in figure.canvas.axes[0].lines if line.get_drawstyle() == "steps-post"]


def test_drawn_lines_and_data_equal_the_curve_rows(curves):
    figure = draw(curves)
    pd.testing.assert_frame_equal(figure.data, curves)
    for group, line in zip(STYLES, step_lines(figure), strict=True):
        rows = curves[curves["group"] == group]
        np.testing.assert_array_equal(line.get_xdata(), rows["time_months"])
        np.testing.assert_array_equal(line.get_ydata(), rows["survival"])
        assert line.get_color() == STYLES[group].color


def test_every_censored_time_has_a_mark(curves):
    marks = [line for line in draw(curves).canvas.axes[0].lines if line.get_label() == "censored"]
    drawn = np.concatenate([mark.get_xdata()[::3] for mark in marks])
    np.testing.assert_array_equal(drawn, curves.loc[curves["censored"] > 0, "time_months"])


def test_what_the_curve_is_about_names_everything(curves):
    facts = {"key": "lfs", "label": "Progression-free survival", "clock": "months since transplant"}
    figure = plot_curves(as_curve(curves, **facts), at_risk=risk_of(curves, [0, 12, 24]))
    assert figure.id == "lfs"
    assert figure.caption == "Progression-free survival by arm (Kaplan-Meier)."
    assert {"Progression-free survival", "Months since transplant"} <= set(words(figure))
    assert figure.alt.startswith("Progression-free survival over time")
    assert not any("infusion" in word for word in words(figure))


def test_curves_by_day_are_drawn_in_days(curves):
    days = curves.rename(columns={"time_months": "time_days"})
    at_risk = risk_of(curves, [0, 7, 14, 28]).rename(columns={"time_months": "time_days"})
    figure = plot_curves(as_curve(days, clock="days since transplant"), at_risk=at_risk, horizon=28)
    assert "Days since transplant" in words(figure)
    assert "at 28 days" in figure.alt
    assert "time_days" in figure.data
    assert figure.axis == ""  # the page reads months only
    assert_legible(figure)


def test_a_curve_of_everybody_misses_no_arm(curves):
    whole = curves[curves["group"] == SINGLE].assign(group="All")
    figure = plot_curves(as_curve(whole, by=None))
    assert figure.caption == "Overall survival, all patients (Kaplan-Meier). Bands: 95% intervals."


def test_the_time_axis_of_the_figure_is_that_of_the_drawing(curves):
    figure = draw(curves, at_risk=risk_of(curves, [0, 6, 12, 18, 24, 30]))
    left, step, end = map(float, figure.axis.split())
    ax, canvas = figure.axes[0], figure.canvas
    width = canvas.get_figwidth() * canvas.dpi
    for month in (0, 6, 18):
        assert ax.transData.transform((month, 0))[0] / width == pytest.approx(left + step * month, abs=1e-4)
    assert end == float(ticks_of(figure)[-1].get_text())


def test_axes_may_be_added_to(curves):
    figure = draw(curves)
    figure.axes[0].text(5, 0.5, "added by hand")
    assert "added by hand" in figure.metadata()["svg"]


def test_follow_up_ticks_reach_as_far_as_the_data():
    assert follow_up_ticks(pd.DataFrame({"time_months": [3.0, 26.0]})) == [0, 6, 12, 18, 24]
    assert follow_up_ticks(pd.DataFrame()) == [0]


def ticks_of(figure):
    return [text for text in figure.canvas.texts if text.get_label() == "tick"]


def bars(figure):
    return [line for line in figure.canvas.axes[0].lines if line.get_label() == "bar"]


def test_two_lines_have_bands(curves):
    two = curves[curves["group"] != THIRD]
    figure = draw(two)
    assert len(figure.canvas.axes[0].collections) == 2
    assert "Bands: 95% intervals." in figure.caption
    assert not bars(draw(two, horizon=12))


def test_three_small_groups_have_bars_at_the_horizon_in_place_of_bands(curves):
    figure = draw(curves, horizon=6)
    assert not figure.canvas.axes[0].collections
    assert "Bars at 6 months: 95% intervals." in figure.caption
    drawn = curves[curves["group"] != THIRD]  # nobody there has died: no interval
    for bar, (_, rows) in zip(bars(figure), drawn.groupby("group", sort=False), strict=True):
        at = rows[rows["time_months"] <= 6].iloc[-1]
        np.testing.assert_array_equal(bar.get_ydata(), [at["ci_low"], at["ci_high"]])
    assert len({round(bar.get_xdata()[0], 3) for bar in bars(figure)}) == 2


def test_three_large_groups_have_bands():
    rng = np.random.default_rng(3)
    parts = [curve(g, np.sort(rng.uniform(1, 33, 30)).round(2), rng.integers(0, 2, 30)) for g in STYLES]
    assert len(draw(pd.concat(parts)).canvas.axes[0].collections) == 3


def test_a_group_of_three_is_left_to_the_table_and_named(curves):
    figure = draw(curves, min_at_risk=3, at_risk=risk_of(curves, [0, 6, 12, 18, 24, 30]))
    assert THIRD not in set(figure.data["group"])
    assert f"Not drawn (fewer than 6 patients): {THIRD}." in figure.caption
    assert THIRD in words(figure)
    assert_legible(figure)


def test_small_groups_alone_are_drawn():
    rows = pd.concat([curve(SINGLE, [1.0, 5, 9, 12], [1, 0, 1, 0]), curve(TANDEM, [2.0, 5, 7], [1, 1, 0])])
    assert set(draw(rows, min_at_risk=3).data["group"]) == {SINGLE, TANDEM}


def test_curves_without_an_event_are_a_sentence():
    rows = pd.concat([curve(SINGLE, [1.0, 5, 9], [0, 0, 0]), curve(TANDEM, [2.0, 5], [0, 0])])
    instead = draw(rows, label="Non-relapse mortality")
    assert instead.text == "Non-relapse mortality: no event in 5 patients, so no curve is drawn."


def test_lines_that_all_coincide_are_a_sentence_and_one_pair_is_named(curves):
    one = curves[curves["group"] == SINGLE]
    other = one.assign(group=TANDEM, survival=one["survival"] * (1 - 1e-15))
    instead = draw(pd.concat([one, other]))
    assert instead.text == f"Overall survival: {SINGLE} and {TANDEM} coincide, so no curves are drawn."
    third = curves[curves["group"] == TANDEM].assign(group=THIRD)
    figure = draw(pd.concat([one, other, third]), at_risk=risk_of(curves, [0, 12]))
    assert f"The lines of {SINGLE} and {TANDEM} coincide." in figure.caption
    assert_legible(figure)


def test_sides_of_the_comparison_are_drawn_as_the_study_says(curves):
    sides = {"Others": Style("#57606A", "--", "s"), TANDEM: STYLES[TANDEM]}
    rows = curves[curves["group"] != THIRD].replace({"group": {SINGLE: "Others"}})
    figure = plot_curves(as_curve(rows, by="contrast", sides=sides))
    assert [line.get_color() for line in step_lines(figure)] == ["#57606A", STYLES[TANDEM].color]
    assert figure.caption.startswith("Overall survival by comparison group (Kaplan-Meier).")


def test_lines_that_are_no_arm_take_no_colour_of_an_arm(curves):
    rows = curves.replace({"group": {SINGLE: "Followed", TANDEM: "Censored", THIRD: "Other"}})
    figure = plot_curves(as_curve(rows, by=None), id="x")
    assert not {line.get_color() for line in step_lines(figure)} & {style.color for style in STYLES.values()}


def published(rows):
    """Estimates of overall survival, with an id as once they are published."""
    table = estimates({"endpoint": "os", "method": "Kaplan-Meier", **row} for row in rows)
    return table.assign(id=[f"survival-{number}" for number in range(len(table))], origin="invented")


@pytest.fixture
def found():
    """Values at 12 months, medians and tests, as a notebook has them."""
    groups, limits = [SINGLE, TANDEM, "All"], {"ci_low": 0.25, "ci_high": 0.75}
    at = [{"measure": "survival", "group": g, "time_months": 12, "estimate": 0.5, **limits} for g in groups]
    at.append(at[0] | {"time_months": 6, "estimate": 0.9})
    at[1] |= {"status": "few_at_risk"}
    medians = [{"measure": "median", "group": g, "estimate": 16.8, "ci_low": 4.2} for g in groups]
    medians[0] = {"measure": "median", "group": SINGLE, "status": "not_reached", "note": "not reached"}
    tests = [{"measure": "p_value", "group": "x", "method": "Log-rank", "comparison": "arms", "p": 0.554}]
    tests.append(tests[0] | {"comparison": "contrast", "p": 0.2})
    return {"at": published(at), "medians": published(medians), "tests": published(tests)}


def test_the_caption_states_the_finding_with_marks(curves, found):
    rows = curves[curves["group"] != THIRD]
    caption = draw(rows, horizon=12, **found).caption
    assert marks.plain(caption).startswith(
        f"Overall survival by arm (Kaplan-Meier). At 12 months: {SINGLE} 50.0% (25.0 to 75.0), {TANDEM} too few at "
        f"risk. Median, months: {SINGLE} not reached, {TANDEM} 16.8 (4.2 to not reached). Log-rank P = 0.55: no "
        "difference is shown. Bands"
    )
    numbers = ["50.0% (25.0 to 75.0)", "not reached", "16.8 (4.2 to not reached)", "P = 0.55"]
    assert [part.text for part in marks.parts(caption) if part.row] == numbers
    assert marks.origins(caption) == {"invented"}


def test_medians_and_the_test_stand_in_the_plot(curves, found):
    rows = curves[curves["group"] != THIRD]
    figure = draw(rows, horizon=12, at_risk=risk_of(rows, [0, 12, 24]), **found)
    expected = {"Median, months (95% CI)", f"{TANDEM} 16.8 (4.2 to not reached)", "Log-rank P = 0.55", "12 months"}
    assert expected <= set(words(figure))
    assert expected <= set(words(figure.narrow))
    assert "Log-rank P = 0.55." in figure.alt
    assert_legible(figure)


def test_a_lone_curve_needs_no_name_in_its_box(curves, found):
    rows = curves[curves["group"] == SINGLE].assign(group="All")
    figure = plot_curves(as_curve(rows, by=None), medians=found["medians"])
    assert "16.8 (4.2 to not reached)" in words(figure)


@pytest.mark.parametrize("labels", [list(STYLES), LONG, ["A"]])
def test_events_and_censored_patients_stand_at_the_end_of_each_row(curves, labels):
    rows = curves[curves["group"].isin(list(STYLES)[: len(labels)])]
    rows = rows.replace({"group": dict(zip(STYLES, labels, strict=False))})
    figure = draw(rows, styles={}, at_risk=risk_of(rows, [0, 6, 12, 18, 24, 30]), totals=True)
    assert_legible(figure)
    for _, part in rows.groupby("group", sort=False):
        total = f"{part['events'].sum()} / {part['censored'].sum()}"
        assert total in words(figure)
        assert total in words(figure.narrow)


def test_long_names_are_numbered_with_a_key(curves, found):
    rows = curves.replace({"group": dict(zip(STYLES, LONG, strict=True))})
    medians = found["medians"].replace({"group": {TANDEM: LONG[1]}})
    figure = draw(rows, styles={}, at_risk=risk_of(rows, [0, 12, 24]), medians=medians)
    assert {f"1. {LONG[0]}", "1", "2", "3", "2 16.8 (4.2 to not reached)"} <= set(words(figure))
    assert_legible(figure)


def test_ticks_are_thinned_where_numbers_would_touch():
    rng = np.random.default_rng(5)
    rows = curve(SINGLE, np.sort(rng.uniform(1, 84, 3000)), rng.integers(0, 2, 3000))
    figure = draw(rows, styles={}, at_risk=risk_of(rows, [float(month) for month in range(0, 85, 6)]))
    assert_legible(figure)
    assert len(ticks_of(figure.narrow)) < len(ticks_of(figure))


def test_risk_table_stands_under_the_ticks(curves):
    figure = draw(curves, at_risk=risk_of(curves, [0, 6, 12, 18, 24, 30]), horizon=24)
    assert_legible(figure)
    boxes = texts_of(figure)
    ticks = {t.get_text(): box for t, box in boxes if t in ticks_of(figure)}
    assert [float(tick) for tick in ticks] == [0, 6, 12, 18, 24, 30]
    first_row = sorted((box for t, box in boxes if t.get_text() == "18"), key=lambda box: box.y0)[0]
    centre = (ticks["0"].x0 + ticks["0"].x1) / 2
    assert abs((first_row.x0 + first_row.x1) / 2 - centre) < 1
    numbers = [word for word in words(figure) if word.isdigit()]
    assert len(numbers) == 6 + 18


def test_line_stops_at_the_last_time_with_enough_patients(curves):
    drawn = lines_to_draw(curves, 4)
    assert drawn["at_risk"].min() == 4
    assert THIRD not in set(drawn["group"])
    dropped = curves[curves["group"] != THIRD].merge(drawn, how="left", indicator=True)
    assert (dropped.loc[dropped["_merge"] == "left_only", "at_risk"] < 4).all()


def test_rising_risk_sets_are_kept_until_the_last_time_with_enough():
    rows = pd.DataFrame({"group": "A", "time_months": range(5), "survival": 1.0, "at_risk": [0, 3, 5, 4, 1]})
    assert list(lines_to_draw(rows, 3)["time_months"]) == [0, 1, 2, 3]


def test_groups_without_a_line_are_named_in_the_caption(curves):
    assert THIRD in draw(curves, min_at_risk=4).caption
    absent = draw(curves[curves["group"] != THIRD])
    assert "Not drawn (no patients): Sequential CD19 and CD22." in absent.caption


def test_description_gives_patients_value_and_interval_at_the_horizon(curves):
    alt_text = draw(curves, horizon=12).alt
    at = curves[(curves["group"] == SINGLE) & (curves["time_months"] <= 12)].iloc[-1]
    assert f"{SINGLE} (18 patients): {100 * at['survival']:.1f}%" in alt_text
    assert f"95% CI {100 * at['ci_low']:.1f} to {100 * at['ci_high']:.1f}" in alt_text
    assert "at 12 months" in alt_text


def test_description_says_where_a_line_ends_before_the_horizon():
    alt_text = draw(curve(SINGLE, [2.0, 3.0, 4.5], [1, 1, 0]), horizon=24).alt
    assert "at 4.5 months, where the line ends" in alt_text


def test_cumulative_incidence_needs_no_censoring_column():
    rows = curve(SINGLE, [2.0, 3.0, 9.0], [1, 1, 0]).drop(columns=["events", "censored"])
    rows = rows.rename(columns={"survival": "cumulative_incidence"})
    assert "cumulative_incidence" in draw(rows, label="Relapse").data


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "labels", [list(STYLES), LONG, ["A", "B", "C"], ["Tandem", "Other"], [f"{i}" for i in range(6)]]
)
def test_texts_never_overlap(labels, seed):
    rng = np.random.default_rng(seed)
    parts = [
        curve(label, np.sort(rng.exponential(8 * 2**k, 25)).round(2) + 0.01, rng.integers(0, 2, 25))
        for k, label in enumerate(labels)
    ]
    rows = pd.concat(parts, ignore_index=True)
    ends = time_ticks(24)
    assert_legible(draw(rows, styles={}, at_risk=risk_of(rows, ends), label=labels[0]))


def test_labels_are_literal(curves):
    rows = curve("$x_1$ _y", [1.0, 2.0], [1, 0])
    figure = draw(pd.concat([rows, curve("_z\\", [3.0, 9.0], [1, 1])]), styles={}, at_risk=risk_of(rows, [0, 1]))
    assert {"$x_1$ _y", "_z\\"} <= set(words(figure))


def test_hidden_counts_of_a_released_report_are_printed_as_they_are(curves):
    risk = risk_of(curves, [0, 12]).assign(at_risk=["20", "<10", "15", "<10", np.nan, np.nan])
    assert words(draw(curves, at_risk=risk)).count("<10") == 2
    assert words(draw(curves, at_risk=risk)).count("\N{EN DASH}") == 2


def test_large_cohorts_keep_the_page_small():
    rng = np.random.default_rng(1)
    rows = curve("All", np.sort(rng.uniform(0, 60, 20_000)), rng.integers(0, 2, 20_000))
    figure = draw(rows, styles={})
    assert len(figure.data) <= 500
    assert len(figure.metadata()["svg"]) < 80_000
    assert figure.data["survival"].iloc[-1] == rows["survival"].iloc[-1]


def test_the_same_curves_give_the_same_bytes(curves):
    assert draw(curves).metadata() == draw(curves).metadata()
    assert_leaves_settings_alone(lambda: draw(curves))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure(curves):
    instead = draw(curves, min_at_risk=50)
    assert instead.role == "absent"
    assert "no group has 50 or more patients at risk" in instead.text
    assert draw(curves.iloc[:0]).text == "Not recorded in this cohort: Overall survival."


def test_ticks_are_even_months():
    assert time_ticks(24) == [0, 6, 12, 18, 24] or time_ticks(24) == [0, 3, 6, 9, 12, 15, 18, 21, 24]
    assert time_ticks(5) == [0, 1, 2, 3, 4, 5]
    assert max(len(time_ticks(end)) for end in np.arange(1, 200)) <= 9
    assert time_ticks(float("nan")) == time_ticks(0) == [0]


def test_curves_without_any_length_are_drawn():
    figure = draw(curve(SINGLE, [0.0], [1]), at_risk=pd.DataFrame(columns=["group", "time_months", "at_risk"]))
    assert_legible(figure)
    assert f"{SINGLE} (1 patient): 0.0%" in figure.alt
