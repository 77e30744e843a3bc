import numpy as np
import pandas as pd
import pytest

from helpers.present import tables
from helpers.stats.estimates import FEW_AT_RISK, NOT_ESTIMABLE, NOT_REACHED, estimates, filter_rows
from helpers.stats.exposure import landmark
from helpers.stats.exposure.landmarks import EXPOSED, NOT_EXPOSED
from helpers.stats.survival.curves import KAPLAN_MEIER_EXACT
from helpers.stats.survival.log_rank import LOG_RANK


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "endpoint_label": "Progression-free survival", "population": "patients in CR"}
    fields |= {"group": "All", "method": "M", "measure": "survival"}
    return estimates({**fields, **shared, **record} for record in records)


def test_one_endpoint_names_its_table():
    table = tables.by_time(rows({"time_months": 6, "estimate": 0.5}))
    assert (table.id, table.caption) == ("lfs", "Progression-free survival, patients in CR")
    assert table.rows == [["6 months", "50.0%"]]


def test_two_endpoints_name_their_table():
    event_free = {"endpoint": "efs", "endpoint_label": "Event-free survival"}
    timed = rows({"time_months": 6, "estimate": 0.5}, {"time_months": 6, "estimate": 0.5, **event_free})
    table = tables.by_time(timed)
    assert (table.id, table.caption) == ("lfs-efs", "Progression-free survival and event-free survival, patients in CR")


def test_what_is_not_estimable_is_explained_below():
    lost = {"group": "A", "time_months": 24.0, "note": "not estimable: nobody was followed this long"}
    table = tables.by_time(rows(lost))
    assert table.rows == [["24 months", "not estimable"]]
    assert table.notes == ["A, 24 months: not estimable: nobody was followed this long."]


def test_times_stand_indented_under_their_endpoint():
    timed = rows(
        {"time_months": 6, "estimate": 0.5},
        {"time_months": 12, "note": NOT_ESTIMABLE + "no patients"},
        {"endpoint": "efs", "endpoint_label": "EFS", "time_months": 6, "estimate": 0.25},
    )
    table = tables.by_time(timed, id="x", caption="X")
    assert [row[0] for row in table.rows] == [
        "Progression-free survival", "6 months", "12 months", "EFS", "6 months",
    ]  # fmt: skip
    assert table.indent == [0, 1, 1, 0, 1]
    assert table.notes == ["Progression-free survival. All, 12 months: not estimable: no patients."]


def test_durations_stand_under_what_they_are_with_the_horizon_of_the_restricted_mean():
    found = rows({"measure": "median", "estimate": 5}, {"measure": "rmst", "estimate": 4, "time_months": 24})
    table = tables.durations(found, id="x", caption="X")
    named = "Progression-free survival"
    assert [row[0] for row in table.rows] == ["Median", named, "Restricted mean to 24 months", named]


def test_where_few_are_at_risk_a_dash_stands_and_exact_limits_are_explained():
    few = {"group": "A", "time_months": 6, "estimate": 0.25, "status": FEW_AT_RISK}
    none = {"time_months": 6, "estimate": 1.0, "ci_low": 0.8, "ci_high": 1.0, "method": KAPLAN_MEIER_EXACT}
    table = tables.by_time(rows(few, none))
    assert table.rows == [["6 months", "\N{EN DASH}", "100.0% (80.0 to 100.0)"]]
    assert table.notes[0].startswith("\N{EN DASH}: too few patients at risk")
    assert "are exact (Clopper-Pearson)" in table.notes[1]
    short = tables.durations(rows({"measure": "median", "estimate": 3, "status": FEW_AT_RISK}), id="x", caption="X")
    assert short.rows == [["Progression-free survival", "\N{EN DASH}"]]


def test_comparisons_hold_both_differences_and_the_test_of_each():
    named = {"group": "B vs A", "term": "B minus A", "p": 0.2}
    gaps = rows({"measure": "survival_difference", "estimate": 0.1, "time_months": 12, **named})
    means = rows({"measure": "rmst_difference", "estimate": 2.0, "time_months": 24, **named, "note": "too narrow"})
    tests = rows(
        {"group": "B vs A", "comparison": "contrast", "p": 0.3, "method": LOG_RANK},
        {"group": "Arms", "comparison": "arms", "p": 0.4, "method": LOG_RANK},
        {"group": "B vs A", "comparison": "contrast", "p": 0.5, "method": "Log-rank, stratified by Sex"},
        measure="p_value",
    )
    table = tables.comparisons(gaps, means, tests, id="x", caption="X")
    assert table.rows == [
        ["Progression-free survival", "", "", "", "", ""],
        ["B vs A", "10.0 points at 12 months", "0.20", "2.0", "0.20", "0.30"],
        ["All arms", "", "", "", "", "0.40"],
        ["B vs A: log-rank, stratified by Sex", "", "", "", "", "0.50"],
    ]
    assert table.notes == ["Progression-free survival, B minus A: too narrow."]


def test_a_median_that_is_not_reached_needs_no_explanation():
    table = tables.durations(
        rows({"measure": "median", "note": "not reached", "status": NOT_REACHED}), id="x", caption="X"
    )
    assert table.rows == [["Progression-free survival", "not reached"]]
    assert table.notes == []


def landmark_rows(label):
    """Landmark analyses of ten patients by day 60."""
    data = pd.DataFrame({"time_months": np.arange(1.0, 11.0), "event": [1, 0, 1, 1, 0, 1, 1, 0, 1, 1]})
    exposed = pd.Series([np.nan, np.nan, 1.0, np.nan, 1.5, np.nan, 0.5, 5.0, np.nan, 1.0], name=label)
    return landmark(data, exposed, [60])


@pytest.mark.parametrize("label", ["Transplant", "Transplant: by day 60 vs not"])
def test_landmarks_hold_drops_sides_ratio_and_test_of_each_day(label):
    found = landmark_rows(label)
    table = tables.landmarks(found, id="x", caption="X")
    assert table.rows[0] == [label, *[""] * 6]
    day, event, censored, unexposed, exposed, ratio, p = table.rows[1]
    assert (day, event, censored) == ("Day 60", "1", "0")
    sides = [filter_rows(found, measure="count", level=level).iloc[0] for level in (NOT_EXPOSED, EXPOSED)]
    assert [unexposed, exposed] == [f"{row.events:.0f}/{row.estimate:.0f}" for row in sides] == ["3/5", "3/4"]
    assert f"{filter_rows(found, measure='hazard_ratio')['estimate'].iloc[0]:.2f} (" in ratio
    assert p == f"{filter_rows(found, measure='p_value')['p'].iloc[0]:.2f}"


def test_tables_of_what_is_not_recorded_say_so():
    empty = estimates([])
    made = [make(empty, id="x", caption="X") for make in (tables.by_time, tables.durations, tables.landmarks)]
    made.append(tables.comparisons(empty, empty, empty, id="x", caption="X"))
    assert {text.text for text in made} == {"Not recorded in this cohort: X."}
