"""Tables of harm: what is printed is what was estimated."""

import pandas as pd

from helpers.cohort import load_cohort
from helpers.present.tables.safety import adverse_events, associations
from helpers.stats.safety import adverse_events_by_term, clinical_associations


def table_of(*events):
    """The table of two patients, one per arm, with events of (patient, class, term, grade)."""
    arms = pd.Categorical(["x", "y"], ["x", "y"], ordered=True)
    patients = pd.DataFrame({"patient_id": ["a", "b"], "arm": arms})
    rows = pd.DataFrame(events, columns=["patient_id", "system_organ_class", "term", "grade"])
    return adverse_events(adverse_events_by_term(patients, rows), before=3)


def test_terms_stand_under_their_class_whatever_colons_they_have():
    table = table_of(("a", "Odd: class", "Pain: chest", 1), ("a", "Odd: class", "Pain: chest", 4), ("a", "Odd", "x", 2))
    assert [row[0] for row in table.rows] == ["Any adverse event", "Odd: class", "Pain: chest", "Odd", "x"]
    assert table.indent == [0, 0, 1, 0, 1]
    assert table.rows[2][1:] == ["1 (50%)", "1 (50%)", "2", "1 (100%) / 1 / 2", "0 (0%) / 0 / 0"]
    assert "3 events began before day 0" in table.notes[-1]


def test_a_class_whose_name_begins_another_keeps_its_own_terms():
    table = table_of(("a", "Donor", "sex: odd", 1), ("b", "Donor: sex", "odd", 2))
    assert [row[0] for row in table.rows[1:]] == ["Donor", "sex: odd", "Donor: sex", "odd"]


def test_associations_have_a_row_per_level_under_a_row_per_comparison():
    rows = clinical_associations(load_cohort("data/second_cart"))
    table = associations(rows)
    assert len(table.rows) == len(rows[rows["group"] != "Comparison"]) + rows["term"].nunique()
    by_arm = next(row for row in table.rows if row[0] == "Severe CRS by arm")
    assert by_arm[4] == "Freeman-Halton exact"
