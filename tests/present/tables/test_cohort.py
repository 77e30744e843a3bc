"""Tables of who the patients are: what is printed is what was estimated."""

import numpy as np
import pytest

from helpers.cohort import load_cohort
from helpers.cohort.views import baseline_labels
from helpers.present.tables import cohort as cohort_tables
from helpers.stats.cohort import baseline


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


def test_quartiles_are_of_five_patients_or_more_on_one_line(cohort):
    described = baseline.describe(cohort.patients, baseline_labels(cohort), by="arm", pooled=True)
    table = cohort_tables.baseline(described, id="b", caption="c")
    age, arms = lines(table)["Age, years"], cohort.patients.groupby("arm", observed=True)["age_years"]
    assert [label for label, _ in table.columns][-2:] == ["Single or sequential (n = 21)", "All (n = 35)"]
    smallest, median, largest = arms.agg(["min", "median", "max"]).loc["Sequential CD19 and CD22"]
    assert age[2] == f"{median:g} ({smallest:g} to {largest:g})"
    low, high = arms.quantile(0.25).iloc[0], arms.quantile(0.75).iloc[0]
    assert age[0] == f"{arms.median().iloc[0]:g} ({low:.3g} to {high:.3g})"
    assert "of fewer than 5 patients the range" in table.notes[0]


def test_one_patient_has_one_number(cohort):
    described = baseline.describe(cohort.patients.head(1), {"age_years": "Age, years"}, by="contrast")
    assert lines(cohort_tables.baseline(described, id="b", caption="c"))["Age, years"][-1] == "14"


def test_sides_that_are_arms_have_no_column_of_their_own():
    klein = load_cohort("data/klein_bmt")
    described = baseline.describe(klein.patients, baseline_labels(klein), by="arm", pooled=True)
    assert list(dict.fromkeys(described["group"])) == [*klein.patients["arm"].cat.categories, "All"]
