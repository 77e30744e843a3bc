"""Tables of harm: what is printed is what was estimated."""

from dataclasses import replace

import pandas as pd

from helpers.cohort import load_cohort
from helpers.present import tables
from helpers.stats.estimates import estimates
from helpers.stats.safety import adverse_events_by_term, clinical_associations, deaths_by_period


def table_of(*events):
    """The table of two patients, one per arm, with events of (patient, class, term, grade)."""
    arms = pd.Categorical(["x", "y"], ["x", "y"], ordered=True)
    patients = pd.DataFrame({"patient_id": ["a", "b"], "arm": arms})
    rows = pd.DataFrame(events, columns=["patient_id", "system_organ_class", "term", "grade"])
    return tables.adverse_events(adverse_events_by_term(patients, rows))


def test_terms_stand_under_their_class_whatever_colons_they_have():
    table = table_of(("a", "Odd: class", "Pain: chest", 1), ("a", "Odd: class", "Pain: chest", 4), ("a", "Odd", "x", 2))
    assert [row[0] for row in table.rows] == ["Any adverse event", "Odd: class", "Pain: chest", "Odd", "x"]
    assert table.indent == [0, 0, 1, 0, 1]
    assert table.rows[2][1:] == ["1 (50%)", "1", "1 (100%)", "1", "0 (0%)", "0"]
    titles = ["All (n = 2), any grade", "of these grade 3 or more", "x (n = 1), any grade", "of these grade 3 or more"]
    assert [title for title, _ in table.columns[1:5]] == titles


def test_a_class_whose_name_begins_another_keeps_its_own_terms():
    table = table_of(("a", "Donor", "sex: odd", 1), ("b", "Donor: sex", "odd", 2))
    assert [row[0] for row in table.rows[1:]] == ["Donor", "sex: odd", "Donor: sex", "odd"]


def test_deaths_have_a_row_per_state_and_per_arm_and_a_column_per_period():
    table = tables.deaths(deaths_by_period(load_cohort("data/klein_bmt")), id="deaths", caption="c")
    assert [title for title, _ in table.columns][1:] == ["Day 0 to 30", "Day 31 to 100", "After day 100", "At any time"]
    assert table.rows[0] == ["All deaths (n = 137)", "4 (3%)", "13 (9%)", "64 (47%)", "81 (59%)"]
    assert [row[0] for row in table.rows[1:4]] == ["After relapse", "In remission", "Acute lymphoblastic (n = 38)"]
    assert len(table.notes) == 1


def test_an_association_has_its_test_and_under_it_the_patients_of_each_level():
    rows = clinical_associations(load_cohort("data/second_cart"))
    table = tables.associations(rows, id="associations", caption="c")
    titles = [row[0] for row in table.rows]
    arm = titles.index("Severe CRS by arm")
    assert table.rows[arm][1:] == ["", "0.47", "Freeman-Halton exact"]
    assert table.rows[arm + 1][:2] == ["Single CD19 or CD22", "2/18 (11.1%)"]
    assert table.indent[arm : arm + 3] == [0, 1, 1]
    assert table.rows[titles.index("Complete remission by CRS")][3] == "Fisher exact, two-sided"  # whose P it is
    assert tables.associations(estimates([]), id="associations", caption="c").role == "absent"


def test_patients_whose_end_is_not_known_are_noted():
    cohort = load_cohort("data/second_cart")
    patients = cohort.patients.assign(death_day=float("nan"), last_contact_day=[20.0, *[400.0] * 34])
    table = tables.deaths(deaths_by_period(replace(cohort, patients=patients)), id="deaths", caption="c")
    assert table.notes[1:] == [
        "1 patient last seen alive before the end of day 0 to 30.",
        "1 patient last seen alive before the end of day 31 to 100.",
    ]
