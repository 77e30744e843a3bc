"""Tables of the response: pairs of targets, odds ratios read both ways, columns that few cohorts record."""

import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.present import tables
from helpers.stats.cohort import describe
from helpers.stats.estimates import estimates
from helpers.stats.proportions import by_targets

RATIO = {"group": "Crude", "measure": "odds_ratio", "method": "Sample odds ratio, Woolf interval", "p": 0.0471}


def test_targets_have_a_row_per_first_and_a_column_per_second_target():
    table = tables.targets(by_targets(load_cohort("data/second_cart").outcome("cr")), id="t", caption="c")
    assert [title for title, _ in table.columns] == ["First target", "CD19", "CD22", "CD19 and CD22", "All"]
    assert table.rows[0] == ["CD19", "5/9 (55.6%)", "4/7 (57.1%)", "13/16 (81.2%)", "22/32 (68.8%)"]
    assert table.rows[1][2] == "no patients"


def test_an_odds_ratio_is_printed_upright_and_turned_over():
    rows = estimates([RATIO | {"estimate": 8.0, "ci_low": 2.0, "ci_high": 50.0}])
    table = tables.both_ways(rows, id="t", caption="c", outcome=("Remission", "No remission"))
    assert table.rows == [["Crude", "8.00 (2.00 to 50.00)", "0.12 (0.02 to 0.50)", "0.0471"]]
    assert table.columns[2][0] == "No remission: odds ratio (95% CI)"


def test_an_odds_ratio_without_an_estimate_gives_its_reason_below():
    rows = estimates([RATIO | {"p": None, "note": "not estimable: zero cell"}])
    table = tables.both_ways(rows, id="t", caption="c", outcome=("Remission", "No remission"))
    assert table.rows == [["Crude", "not estimable", "not estimable", ""]]
    assert table.notes == ["Crude: not estimable: zero cell."]


@pytest.mark.parametrize("values", [[None, None], [2.0, 4.0]])
def test_optional_columns_are_shown_where_they_are_recorded_and_not_missed_elsewhere(values):
    arm = pd.Categorical(["a", "b"], ["a", "b"], ordered=True)
    patients = pd.DataFrame({"arm": arm, "car_t_cmax": pd.Series(values, dtype=float)})
    found = tables.optional(describe(patients, {"car_t_cmax": "Peak"}), id="t", caption="c")
    assert (found is None) == (values[0] is None)
    assert tables.optional(describe(patients[["arm"]], {"car_t_cmax": "Peak"}), id="t", caption="c") is None
