"""Tables and sentences of cohort, response and safety: what is printed is what was estimated."""

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort, outcomes
from helpers.cohort.views import baseline_labels
from helpers.present.figures.subgroups import interaction_only, plot_subgroups
from helpers.present.sentences import clinical as clinical_sentences
from helpers.present.sentences import cohort as cohort_sentences
from helpers.present.tables import cohort as cohort_tables
from helpers.present.tables import safety as safety_tables
from helpers.stats.cohort import baseline, flow
from helpers.stats.models.subgroups import subgroup_odds_ratios
from helpers.stats.proportions import proportions
from helpers.stats.safety import adverse_events, associations

EMPTY = pd.DataFrame(columns=["group", "term", "measure", "estimate", "n", "p", "endpoint", "note", "events"])


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


def test_p_values_stand_in_the_table_only_when_asked_for(cohort):
    labels = baseline_labels(cohort)
    described = baseline.describe(cohort.patients, labels, by="arm")
    tests = baseline.homogeneity(cohort.patients, labels, by="arm")
    table = cohort_tables.baseline(described, tests=tests, id="b", caption="c")
    assert table.columns[-1][0] == "P (test)"
    assert "(Kruskal-Wallis)" in lines(table)["Age, years"][-1]


def test_flow_table_has_a_column_per_arm(cohort):
    table = cohort_tables.flow(flow.steps(cohort.patients, cohort.study), id="f", caption="c")
    assert lines(table)["In complete remission (CR or CRi)"] == ["23", "10", "12", "1", "no remission: 12"]


def test_checks_are_grouped_and_every_column_is_named():
    rows = flow.data_checks(
        pd.DataFrame(
            {
                "check": ["Is a number", "Is a number"],
                "columns": ["a, b", "b"],
                "rows_checked": [3, 4],
                "rows_touched": [0, 1],
            }
        )
    )
    assert cohort_tables.checks(rows, id="q", caption="c").rows == [["Is a number", "a, b", "7", "1"]]
    assert cohort_sentences.checks(rows) == "2 checks ran on the files; 1 of them touched rows: Is a number (1 row)."


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


def test_subgroup_forest_shows_the_interaction_and_no_p_of_its_own(cohort):
    patients = cohort.patients
    words = {"endpoint": "cr", "population": "all patients", "group": "x"}
    within = subgroup_odds_ratios(
        outcomes.outcome(patients, "cr"), patients["contrast"], patients, cohort.study.covariates, **words
    )
    assert interaction_only(within).loc[within["measure"] != "p_value", "p"].isna().all()
    figure = plot_subgroups(within, id="s", caption="c", effect="Odds ratio")
    assert "p" not in figure.data or figure.data["p"].isna().all()
    assert figure.data["heading"].nunique() == 4


def test_rates_name_the_arms_only_where_there_are_events_and_several():
    by = pd.Series(pd.Categorical(["a", "a", "b"], ["a", "b"], ordered=True))
    some = proportions(pd.DataFrame({"event": [1, 0, 1], "arm": by}), "arm", overall=True)
    none = proportions(pd.DataFrame({"event": [0, 0, 0], "arm": by}), "arm", overall=True)
    assert "by arm: a 1/2 (50.0%); b 1/1 (100.0%)" in clinical_sentences.rates(some, "X")
    assert "by arm" not in clinical_sentences.rates(none, "X")


def test_whether_p_depends_on_the_test_is_said():
    tests = pd.DataFrame({"p": [0.01, 0.2, np.nan]})
    assert clinical_sentences.spread_of_tests(tests).startswith("Whether P is below 0.05 depends on the test")
    assert "Under each of 1 tests P is below" in clinical_sentences.spread_of_tests(tests.head(1))
    assert clinical_sentences.spread_of_tests(tests.tail(1)) == ""


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
        cohort_sentences.accrual,
        cohort_sentences.completeness,
        cohort_sentences.missing,
        cohort_sentences.checks,
        clinical_sentences.adverse_events,
        clinical_sentences.associations,
        clinical_sentences.interactions,
    ],
    ids=lambda function: function.__name__,
)
def test_what_is_not_recorded_makes_no_sentence(sentence):
    assert sentence(EMPTY) == ""


def test_days_tell_median_quartiles_and_range():
    patients = pd.DataFrame({"day": [2.0, 4.0, 9.0], "arm": pd.Categorical(["a", "a", "b"], ["a", "b"], ordered=True)})
    told = clinical_sentences.days(baseline.describe(patients, {"day": "Day"}, by="arm"), "CRS began on day")
    assert told == "CRS began on day 4 (median; quartiles 3 to 6.5; range 2 to 9; 3 patients)."
