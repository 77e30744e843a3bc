"""Accrual: totals by month, and no day of a patient."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.present.figures.accrual import monthly_totals, plot_accrual
from helpers.present.layout.colors import ARM_STYLES

ARMS = ["Single CD19 or CD22", "Tandem CD19/CD22"]
STYLES = dict(zip(ARMS, ARM_STYLES, strict=False))
LONG = ["$x_1$ <b>an arm with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def patients(count, start="2018-08-01", days=1500, arms=ARMS, seed=0):
    rng = np.random.default_rng(seed)
    dates = pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, days, count), "D")
    return pd.DataFrame({"infusion_date": dates, "arm": rng.choice(arms, count)})


def lines(figure, gid):
    return [line for ax in figure.canvas.axes for line in ax.lines if line.get_label() == gid]


def accrual(rows, styles=STYLES, treated="infused"):
    return plot_accrual(rows, SimpleNamespace(styles=styles, treated=treated), id="accrual", caption="Accrual")


def test_totals_equal_a_recount_of_the_dates():
    rows = patients(80)
    data = accrual(rows).data
    for row in data.sample(15, random_state=1).itertuples():
        end = pd.Period(row.month, "M").end_time
        own = rows if row.group == "All" else rows[rows["arm"] == row.group]
        assert row.patients == (own["infusion_date"] <= end).sum()
    assert data.groupby("group")["patients"].max()["All"] == 80


def test_lines_show_the_totals():
    figure = accrual(patients(40))
    for (_, rows), line in zip(figure.data.groupby("group", sort=False), lines(figure, "total"), strict=True):
        np.testing.assert_array_equal(line.get_ydata()[1:], rows["patients"])


@pytest.mark.parametrize(
    ("start", "days"), [("2020-01-05", 1), ("2018-08-01", 1500), ("1999-12-31", 9000), ("2020-06-01", 200)]
)
@pytest.mark.parametrize("arms", [ARMS, LONG])
def test_texts_of_accrual_never_overlap(start, days, arms):
    assert_legible(accrual(patients(60, start, days, arms), {}))


def test_ticks_stand_at_the_month_they_name():
    figure = accrual(patients(60))
    ax = figure.canvas.axes[0]
    months = sorted(set(figure.data["month"]))
    for place, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True):
        at = str(pd.Period(months[0], "M") + int(place))
        assert at.startswith(label.get_text())
        assert at.endswith("-01") or len(label.get_text()) == 7


def test_no_day_of_a_patient_is_kept():
    assert accrual(patients(20)).data["month"].str.fullmatch(r"\d{4}-\d{2}").all()


def test_patients_without_a_date_are_counted():
    rows = patients(20)
    rows.loc[:2, "infusion_date"] = pd.NaT
    assert accrual(rows).caption.endswith("3 patients without a date.")


def test_one_group_needs_no_line_for_all():
    rows = patients(5, arms=["Only"])
    assert set(monthly_totals(rows["infusion_date"], rows["arm"], [])["group"]) == {"Only"}


def test_the_heading_says_what_happened_at_time_zero():
    assert "Patients transplanted by the end of each month" in words(accrual(patients(5), treated="transplanted"))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert accrual(patients(4).drop(columns="infusion_date")).role == "absent"


def test_drawing_is_deterministic_and_leaves_settings_alone():
    rows = patients(20)
    assert accrual(rows).metadata() == accrual(rows).metadata()
    assert_leaves_settings_alone(lambda: accrual(rows))
