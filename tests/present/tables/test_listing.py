"""Tables made from estimates: every cell from exactly one row, what is missing said in words."""

import numpy as np
import pytest

from helpers.present import tables
from helpers.present.values import value_with_interval
from helpers.stats.estimates import NOT_REACHED, estimates

RATE = {"endpoint": "cr", "group": "A", "measure": "proportion", "method": "Clopper-Pearson"}
A = RATE | {"estimate": 10 / 18, "ci_low": 0.308, "ci_high": 0.785, "n": 18, "events": 10}
B = A | {"group": "B", "estimate": 12 / 14, "ci_low": 0.572, "ci_high": 0.982, "n": 14, "events": 12}


def test_listing_prints_one_row_per_estimate():
    columns = ["Group", "Events/patients", "Estimate (95% CI)", "Note"]
    table = tables.listing(estimates([A, B]), columns, id="t", caption="c", rename={"Group": "Arm"})
    assert [label for label, _ in table.columns] == ["Arm", "Events/patients", "Estimate (95% CI)"]
    assert table.rows[0] == ["A", "10/18 (55.6%)", "55.6% (30.8 to 78.5)"]


def test_a_test_of_all_arms_is_said_to_be_one():
    row = {"group": "Arms", "comparison": "arms", "measure": "p_value", "method": "Freeman-Halton exact", "p": 0.2}
    assert tables.listing(estimates([row]), ["Group", "P"], id="t", caption="c").rows == [["All arms", "0.20"]]


def test_groups_of_several_endpoints_are_told_apart():
    rows = tables.by_endpoint(estimates([A, A | {"endpoint_label": "Remission"}]))
    assert rows["group"].tolist() == ["cr: A", "Remission: A"]


def test_a_note_shared_by_all_rows_stands_below_the_table_once():
    noted = [row | {"note": "2 left out"} for row in (A, B)]
    table = tables.listing(estimates(noted), ["Group", "Note"], id="t", caption="c")
    assert [label for label, _ in table.columns] == ["Group"]
    assert table.notes == ["2 left out."]


def test_notes_that_differ_stay_in_their_rows():
    table = tables.listing(estimates([A | {"note": "x"}, B]), ["Group", "Note"], id="t", caption="c")
    assert [row[1] for row in table.rows] == ["x", ""]


@pytest.mark.parametrize("make", [tables.listing, tables.crosstab])
def test_an_empty_table_says_not_recorded(make):
    arguments = [["Group"]] if make is tables.listing else []
    absent = make(estimates([]), *arguments, id="t", caption="Remission by arm.")
    assert (absent.role, absent.text) == ("absent", "Not recorded in this cohort: Remission by arm.")


def test_crosstab_has_a_column_per_group_and_leaves_unknown_cells_empty():
    rows = [A | {"term": "x"}, B | {"term": "x"}, A | {"term": "y"}]
    table = tables.crosstab(estimates(rows), id="t", caption="c", text=tables.count_with_percent)
    assert table.rows == [["x", "10/18 (55.6%)", "12/14 (85.7%)"], ["y", "10/18 (55.6%)", ""]]


def test_two_estimates_for_one_cell_are_refused():
    with pytest.raises(ValueError, match="two estimates for one cell"):
        tables.crosstab(estimates([A, A]), id="t", caption="c")


def test_a_median_that_was_not_reached_says_so():
    row = {
        "measure": "median",
        "method": "Kaplan-Meier",
        "estimate": np.nan,
        "status": NOT_REACHED,
        "note": "x",
        "ci_low": 4.25,
    }
    printed = value_with_interval(estimates([row]).iloc[0])
    assert printed == "not reached (4.2 to not reached)"


def test_an_endpoint_is_printed_as_the_study_names_it():
    table = tables.listing(estimates([A | {"endpoint_label": "Response"}]), ["Endpoint"], id="t", caption="c")
    assert table.rows == [["Response"]]
