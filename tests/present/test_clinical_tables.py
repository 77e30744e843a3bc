"""Tables and sentences of cohort, response and safety: what is printed is what was estimated."""

import pandas as pd
import pytest

from helpers.cohort import load_cohort, outcomes
from helpers.present.sentences import clinical as clinical_sentences
from helpers.present.tables import safety as safety_tables
from helpers.stats.safety import adverse_events, associations

EMPTY = pd.DataFrame(columns=["group", "term", "measure", "estimate", "n", "p", "endpoint", "note", "events"])


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


def lines(table):
    return {row[0]: row[1:] for row in table.rows}


def test_adverse_event_table_nests_terms_under_classes_with_colons():
    arms = pd.Categorical(["x", "y"], ["x", "y"], ordered=True)
    patients = pd.DataFrame({"patient_id": ["a", "b"], "arm": arms})
    events = pd.DataFrame(
        {
            "patient_id": ["a", "a"],
            "term": ["Pain: chest"] * 2,
            "system_organ_class": ["Odd: class"] * 2,
            "grade": [1, 4],
        }
    )
    table = safety_tables.adverse_events(adverse_events.by_term(patients, events), id="ae", caption="c", before=3)
    assert [row[0] for row in table.rows] == ["Any adverse event", "Odd: class", "Pain: chest"]
    assert table.indent == [0, 0, 1]
    assert table.rows[2][1:] == ["1 (50%)", "1 (50%)", "2", "1 (100%) / 1 / 2", "0 (0%) / 0 / 0"]
    assert "3 events began before day 0" in table.notes[-1]


def test_butterfly_draws_the_two_sides_of_the_contrast(cohort):
    sides = adverse_events.by_term(cohort.patients, cohort.adverse_events, by="contrast")
    figure = safety_tables.butterfly(sides, cohort.study, id="ae", caption="c")
    assert set(figure.data["group"]) == {"Tandem", "Single or sequential"}
    infections = figure.data[figure.data["term"] == "Lung infection"]
    assert infections["events"].sum() == 8


def test_associations_table_and_sentence_name_no_cause(cohort):
    patients = cohort.patients
    reached = {name: outcomes.outcome(patients, name) for name in ("severe_crs", "crs", "cr")}
    found = associations.clinical(patients, reached)
    table = safety_tables.associations(found, id="a", caption="c")
    assert len(table.rows) == len(found[found["group"] != "Comparison"]) + found["term"].nunique()
    assert clinical_sentences.associations(found).endswith("they name no cause.")


@pytest.mark.parametrize(
    "sentence",
    [
        clinical_sentences.adverse_events,
        clinical_sentences.associations,
    ],
    ids=lambda function: function.__name__,
)
def test_what_is_not_recorded_makes_no_sentence(sentence):
    assert sentence(EMPTY) == ""
