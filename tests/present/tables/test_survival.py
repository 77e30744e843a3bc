from helpers.present.tables import survival as survival_tables
from helpers.stats.estimates import NOT_ESTIMABLE, estimates


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "population": "patients in CR", "group": "All", "method": "M", "measure": "survival"}
    return estimates({**fields, **shared, **record} for record in records)


def test_milestones_stand_indented_under_their_endpoint():
    timed = rows(
        {"endpoint": "os", "time_months": 6, "estimate": 0.5},
        {"endpoint": "os", "time_months": 12, "note": NOT_ESTIMABLE + "no patients"},
        {"endpoint": "efs", "time_months": 6, "estimate": 0.25},
    )
    table = survival_tables.milestones(timed, id="x", caption="X")
    assert [row[0] for row in table.rows] == [
        "Overall survival", "6 months", "12 months", "Event-free survival", "6 months",
    ]  # fmt: skip
    assert table.indent == [0, 1, 1, 0, 1]
    assert table.notes == ["Overall survival. All, 12 months: not estimable: no patients."]


def test_durations_name_the_horizon_of_the_restricted_mean():
    table = survival_tables.durations(
        rows({"measure": "median", "estimate": 5}, {"measure": "rmst", "estimate": 4, "time_months": 24}),
        id="x", caption="X",
    )  # fmt: skip
    assert [row[0] for row in table.rows] == [
        "Leukaemia-free survival: median", "Leukaemia-free survival: restricted mean to 24 months",
    ]  # fmt: skip


def test_tests_show_p_with_counts_and_say_why_there_is_none():
    lost = {"group": "X", "n": 9, "events": 0, "note": NOT_ESTIMABLE + "no events"}
    table = survival_tables.tests(
        rows({"p": 0.04, "n": 9, "events": 5}, lost),
        id="x", caption="X",
    )  # fmt: skip
    assert table.rows == [["Leukaemia-free survival: M", "0.040 (5/9)", "not estimable (0/9)"]]
    assert table.notes[-1] == "X, Leukaemia-free survival: M: not estimable: no events."


def test_landmarks_hold_drops_sides_ratio_and_test_of_each_day():
    day = {"time_months": 3.0, "endpoint": "lfs"}
    frame = rows(
        {"term": "T: by day 90 vs not", "measure": "hazard_ratio", "estimate": 0.5, **day},
        {"term": "T: by day 90 vs not", "measure": "p_value", "p": 0.2, **day},
        {"term": "T: not by day 90", "measure": "count", "estimate": 10, "events": 6, **day},
        {"term": "T: by day 90", "measure": "count", "estimate": 4, "events": 1, **day},
        {"term": "T: event by day 90", "measure": "dropped", "estimate": 3, **day},
        {"term": "T: censored by day 90", "measure": "dropped", "estimate": 2, **day},
    )
    table = survival_tables.landmarks(frame, id="x", caption="X")
    assert table.rows == [["T", *[""] * 6], ["Day 90", "3", "2", "6/10", "1/4", "0.50", "0.20"]]


def test_tables_of_what_is_not_recorded_say_so():
    empty = estimates([])
    made = (survival_tables.milestones, survival_tables.durations, survival_tables.tests, survival_tables.landmarks)
    assert {make(empty, id="x", caption="X").text for make in made} == {"Not recorded in this cohort: X."}
