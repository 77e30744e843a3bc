"""Associations against R's fisher.test and wilcox.test on the published cohort."""

import json
from pathlib import Path

import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.frames import About, patients_about
from helpers.stats.cohort import baseline
from helpers.stats.safety import associations

R = json.loads((Path(__file__).parents[2] / "reference" / "clinical.json").read_text(encoding="utf-8"))


def having(patients, column):
    """The patients with the event where a yes/no column says yes."""
    about = About("x", "X", "all patients")
    return patients_about(patients.assign(event=(patients[column] == "yes").astype(int)), about)


@pytest.fixture(scope="module")
def klein():
    return load_cohort("data/klein_bmt").patients


@pytest.fixture(scope="module")
def aml(klein):
    rows = klein[klein["arm"] != "Acute lymphoblastic"]
    return rows.assign(arm=rows["arm"].cat.remove_unused_categories())


def test_two_levels_match_fisher_test(aml):
    rows = associations.association(having(aml, "fab_m4_m5"), aml["arm"], "arm")
    compared = rows[rows["group"] == "Comparison"].iloc[0]
    assert compared["p"] == pytest.approx(R["fisher_two"], rel=1e-9)
    assert compared["estimate"] == pytest.approx(R["fisher_two_ratio"], rel=1e-5)
    assert rows["events"].tolist()[:2] == [18, 27]
    assert compared[["term", "variable", "comparison"]].tolist() == ["X by arm", "arm", "level"]
    assert compared[["level", "reference"]].tolist() == rows["level"].tolist()[1::-1]


def test_more_levels_match_fisher_test(klein):
    rows = associations.association(having(klein, "methotrexate"), klein["arm"], "arm")
    assert rows["p"].iloc[-1] == pytest.approx(R["fisher"], rel=1e-9)


def test_numbers_match_wilcox_test(aml):
    data = aml.assign(event=(aml["arm"] == "AML high risk").astype(int))
    row = associations.rank_association(data, aml["age_years"], "age").iloc[0]
    assert row["p"] == pytest.approx(R["wilcoxon_tied"], rel=1e-9)
    one, two = pd.Series([1.1, 2.2, 3.3, 4.7]), pd.Series([2.5, 5.1, 6.2, 7.9, 8.8])
    assert baseline.rank_sum_p(one, two) == pytest.approx(R["wilcoxon_exact"], rel=1e-12)


def test_baseline_tests_match_r_and_name_themselves(klein):
    labels = {"age_years": "Age", "methotrexate": "Methotrexate"}
    rows = baseline.homogeneity(klein, labels, by="arm").set_index("term")
    assert rows.loc["Age", "p"] == pytest.approx(R["kruskal"], rel=1e-9)
    assert rows.loc["Methotrexate", "p"] == pytest.approx(R["fisher"], rel=1e-9)
    assert rows["method"].tolist() == ["Kruskal-Wallis", "Freeman-Halton exact"]


def test_clinical_pairs_are_those_that_the_cohort_records():
    found = associations.clinical_associations(load_cohort("data/second_cart"))
    assert found["term"].nunique() == 6
    halves = found[(found["variable"] == "bm_blasts_pct") & (found["group"] != "Comparison")]
    assert halves["n"].tolist() == [18, 17]
    assert halves["events"].sum() == 5
    assert associations.clinical_associations(load_cohort("data/klein_bmt")).empty


def test_a_factor_with_one_level_is_no_question(klein):
    alone = klein["arm"].where(klein["arm"] == "AML low risk").dropna().cat.remove_unused_categories()
    assert associations.association(having(klein, "methotrexate"), alone, "arm").empty
