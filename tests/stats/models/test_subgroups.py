import numpy as np
import pandas as pd
import pytest
from models_reference import BOTH, KLEIN_TERMS, klein_patients, r_models
from penalised import logistic_likelihood, maximum
from scipy.stats import chi2

from helpers.stats.models.subgroups import interaction, split, subgroup_odds_ratios
from helpers.stats.proportions import odds_ratio
from helpers.stats.proportions.tables2x2 import TwoByTwo
from helpers.study import Covariate


def data_of(patients):
    mtx = pd.Categorical(patients["mtx"], ["no", "yes"], ordered=True)
    return patients.assign(event=patients["relapsed"].astype(int), contrast=mtx)


def found(covariates=KLEIN_TERMS[:3], patients=None):
    data = data_of(klein_patients() if patients is None else patients)
    return subgroup_odds_ratios(data, "contrast", covariates).set_index("term")


@pytest.mark.parametrize(("term", "key"), [("Group", "group"), ("Male", "male")])
def test_interaction_matches_anova_of_glm(term, key):
    row = found().loc[term]
    assert row["p"] == pytest.approx(r_models()["interaction"][key], rel=1e-6)
    assert row["method"] == "Interaction, likelihood ratio"


def test_subgroups_are_the_patients_of_each_level():
    rows = found()
    data = data_of(klein_patients())
    low = data[data["group"] == "low"]
    assert rows.loc["Group: low", "estimate"] == odds_ratio(low, "contrast").iloc[2]["estimate"]
    assert rows.loc["Group: low", ["n", "variable", "level"]].tolist() == [len(low), "group", "low"]
    assert rows.loc[["Age: 28 or less", "Age: more than 28"], "n"].sum() == 137


def test_interaction_with_an_empty_cell_equals_the_penalised_likelihood():
    tables = [TwoByTwo(6, 0, 3, 5), TwoByTwo(4, 3, 5, 2)]
    rows = [
        (y, treated, stratum, treated * stratum)
        for stratum, table in enumerate(tables)
        for treated, cells in ((1, table.array[0]), (0, table.array[1]))
        for y, count in zip((1, 0), cells, strict=True)
        for _ in range(count)
    ]
    data = np.array(rows, float)
    likelihood = logistic_likelihood(data[:, 1:], data[:, 0].astype(int))
    lost = 2 * (maximum(likelihood, 4)[1] - maximum(likelihood, 4, {3: 0.0})[1])
    test = interaction(tables)
    assert (test.df, test.penalised) == (1, True)
    assert test.p == pytest.approx(chi2.sf(lost, 1), rel=1e-6)


def test_what_cannot_be_compared_is_said():
    patients = klein_patients().assign(same="x", empty=None)
    covariates = [Covariate(c, c.title(), "binary", "no", BOTH, "") for c in ("same", "empty", "absent")]
    rows = found(covariates, patients)
    assert rows.loc["Same", "note"] == "not estimable: fewer than two subgroups with both groups and both outcomes"
    assert rows.loc["Empty", "note"] == rows.loc["Absent", "note"] == "not estimable: not recorded"
    few = found(KLEIN_TERMS[:3], klein_patients().iloc[:5])
    assert (few["estimate"].notna() | few["p"].notna() | few["note"].str.startswith("not estimable: ")).all()


def test_missing_values_belong_to_no_subgroup():
    patients = klein_patients()
    patients.loc[:9, "male"] = None
    assert split(patients, KLEIN_TERMS[1]).value_counts().sum() == 127
    rows = found(KLEIN_TERMS[1:2], patients)
    assert rows.loc["Male", "n"] == 127


def test_equal_subgroups_have_an_interaction_p_of_one():
    assert interaction([TwoByTwo(17, 15, 13, 53)] * 2).p == 1.0


def test_factors_whose_labels_begin_alike_keep_their_rows_apart():
    patients = klein_patients().assign(
        donor=np.resize(["sib", "other"], 137), donor_sex=np.resize(["f", "f", "m"], 137)
    )
    covariates = [
        Covariate("donor", "Donor", "binary", "sib", BOTH, ""),
        Covariate("donor_sex", "Donor: sex", "binary", "f", BOTH, ""),
    ]
    rows = subgroup_odds_ratios(data_of(patients), "contrast", covariates)
    assert list(rows[rows["variable"] == "donor"]["level"]) == ["other", "sib", ""]
    assert list(rows[rows["variable"] == "donor_sex"]["level"]) == ["f", "m", ""]
