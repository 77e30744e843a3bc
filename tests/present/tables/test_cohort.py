"""Tables of who the patients are: what is printed is what was estimated."""

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.cohort.views import baseline_labels
from helpers.present.tables import cohort as cohort_tables
from helpers.stats.cohort import baseline, flow


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


def lines(table):
    return {row[0]: row[1:] for row in table.rows}


def test_baseline_table_prints_counts_and_keeps_missing_apart(cohort):
    patients = cohort.patients.assign(sex=cohort.patients["sex"].where(cohort.patients.index > 1))
    described = baseline.describe(patients, baseline_labels(cohort), by="arm")
    table = cohort_tables.baseline(described, id="b", caption="c")
    printed = lines(table)
    assert printed["Missing"][-1] == "2"
    female = int((patients["sex"] == "female").sum())
    assert printed["female"][-1] == f"{female} ({round(100 * female / 33)}%)"
    assert "Prior transplant (yes)" in printed
    assert "SMD" not in [label for label, _ in table.columns]


def test_characteristics_whose_labels_begin_alike_keep_their_lines_apart(cohort):
    size = len(cohort.patients)
    columns = {"donor": np.resize(["sibling", "other"], size), "donor_sex": np.resize(["f", "f", "m"], size)}
    described = baseline.describe(cohort.patients.assign(**columns), {"donor": "Donor", "donor_sex": "Donor: sex"})
    table = cohort_tables.baseline(described, id="b", caption="c")
    assert [row[0] for row in table.rows] == ["Donor", "other", "sibling", "Donor: sex", "f", "m"]


def test_p_values_stand_in_the_table_only_when_asked_for(cohort):
    labels = baseline_labels(cohort)
    described = baseline.describe(cohort.patients, labels, by="arm")
    tests = baseline.homogeneity(cohort.patients, labels, by="arm")
    table = cohort_tables.baseline(described, tests=tests, id="b", caption="c")
    assert table.columns[-1][0] == "P (test)"
    assert "(Kruskal-Wallis)" in lines(table)["Age, years"][-1]


def test_flow_table_has_a_column_per_arm(cohort):
    table = cohort_tables.flow(flow.flow_steps(cohort.patients, cohort.study), id="f", caption="c")
    assert lines(table)["In complete remission (CR or CRi)"] == ["23", "10", "12", "1", "no remission: 12"]


def test_checks_are_grouped_and_every_column_is_named():
    rows = flow.data_checks(
        pd.DataFrame(
            {
                "kind": ["check", "check"],
                "check": ["Is a number", "Is a number"],
                "columns": ["a, b", "b"],
                "rows_checked": [3, 4],
                "rows_touched": [0, 1],
            }
        )
    )
    assert cohort_tables.checks(rows, id="q", caption="c").rows == [["Is a number", "a, b; b", "7", "1"]]
