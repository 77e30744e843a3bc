from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from models_reference import BOTH, KLEIN_TERMS, klein_design, klein_patients

from helpers.stats.models.cox_regression import cox
from helpers.stats.models.design import (
    COLLINEAR,
    ONE_LEVEL,
    contrast_covariate,
    declared_strata,
    design_matrix,
    model_terms,
    usable,
)
from helpers.study import Contrast, Covariate, load_study

PATIENTS = pd.DataFrame(
    {
        "risk": ["no", "yes", "yes", None, "no", "no"],
        "arm": pd.Categorical(list("abcabc"), list("cba"), ordered=True),
        "age": [20.0, 35.0, 50.0, 41.0, np.nan, 33.0],
        "same": ["x"] * 6,
        "empty": [None] * 6,
    }
)
RISK = Covariate("risk", "High-risk genetics", "binary", "no", BOTH, "")
ARM = Covariate("arm", "Arm", "categorical", "b", BOTH, "")
AGE = Covariate("age", "Age", "continuous", "", BOTH, "10 years")


def test_terms_have_readers_labels_and_rows_are_complete():
    design = design_matrix(PATIENTS, [RISK, ARM, AGE])
    assert design.columns == ["High-risk genetics: yes vs no", "c vs b", "a vs b", "Age, per 10 years"]
    assert design.matrix.index.tolist() == [0, 1, 2, 5]
    assert design.matrix.to_numpy().tolist() == [[0, 0, 1, 2.0], [1, 0, 0, 3.5], [1, 1, 0, 5.0], [0, 1, 0, 3.3]]
    assert design.dropped == 2


@pytest.mark.parametrize(("unit", "label"), [("years", "per year"), ("", "per unit"), ("5 points", "per 5 points")])
def test_continuous_labels_say_what_the_effect_is_per(unit, label):
    covariate = Covariate("age", "Age", "continuous", "", BOTH, unit)
    design = design_matrix(PATIENTS, [covariate])
    assert design.columns == [f"Age, {label}"]
    assert design.matrix.iloc[0, 0] == 20.0 / covariate.scale


def test_useless_covariates_cost_no_patients_and_are_named():
    same, empty, absent = (Covariate(c, c.title(), "binary", "no", BOTH, "") for c in ("same", "empty", "absent"))
    design = design_matrix(PATIENTS, [same, empty, absent, ARM])
    assert design.dropped == 0
    assert design.left_out == {"same": "only one level", "empty": "not recorded", "absent": "not recorded"}
    assert design.columns == ["c vs b", "a vs b"]


def test_a_level_lost_with_incomplete_rows_is_named():
    patients = pd.DataFrame({"risk": ["yes", "no", "no"], "age": [np.nan, 30.0, 40.0]})
    design = design_matrix(patients, [RISK, AGE])
    assert design.columns == ["Age, per 10 years"]
    assert design.left_out == {"risk": ONE_LEVEL}


def test_reference_that_nobody_has_is_replaced():
    design = design_matrix(PATIENTS, [Covariate("arm", "Arm", "categorical", "z", BOTH, "")])
    assert design.columns == ["b vs c", "a vs c"]


def test_no_covariates_and_no_patients():
    assert design_matrix(PATIENTS, []).columns == []
    assert design_matrix(PATIENTS.iloc[:0], [RISK]).left_out == {"risk": "not recorded"}


def test_later_of_two_collinear_terms_is_left_out():
    patients = klein_patients().assign(twin=lambda d: d["male"], young=lambda d: 60 - 2 * d["age"])
    twin = Covariate("twin", "Twin", "binary", "no", BOTH, "")
    young = Covariate("young", "Young", "continuous", "", BOTH, "")
    design = design_matrix(patients, [*KLEIN_TERMS, twin, young])
    assert usable(design, design.matrix.index).reasons == {"Twin: yes vs no": COLLINEAR, "Young, per unit": COLLINEAR}


def test_terms_without_variation_among_the_rows_used_are_named():
    design = klein_design()
    rows = design.matrix.index[design.matrix["Male: yes vs no"] == 1]
    assert usable(design, rows).reasons == {"Male: yes vs no": ONE_LEVEL}
    assert set(usable(design, rows[:0]).reasons.values()) == {ONE_LEVEL}


def test_one_design_per_covariate_keeps_levels_together_and_patients_the_same():
    parts = klein_design().by_covariate()
    assert list(parts) == ["group", "male", "age", "mtx"]
    assert parts["group"].columns == ["Group: low vs ALL", "Group: high vs ALL"]
    assert parts["age"].matrix.index.equals(klein_design().matrix.index)


def test_contrast_is_a_covariate():
    contrast = Contrast(("tandem",), ("single",), "T vs S", "Tandem", "Single", post_hoc=True)
    groups = pd.Categorical(["Single", "Tandem", None], ["Single", "Tandem"], ordered=True)
    design = design_matrix(pd.DataFrame({"contrast": groups}), [contrast_covariate(contrast)])
    assert design.matrix["T vs S"].tolist() == [0.0, 1.0]


def test_unadjusted_models_give_every_term_of_the_design():
    design = klein_design()
    singles = design.by_covariate().values()
    assert [term for single in singles for term in single.columns] == design.columns


def test_terms_of_a_study_start_with_its_arms():
    terms = model_terms(load_study("data/second_cart"), "survival")
    assert [c.column for c in terms] == ["contrast", "high_risk_genetics", "lymphodepletion"]
    assert terms[0].reference == "Single or sequential"


def test_strata_are_the_factors_that_the_study_declares_and_their_combinations():
    patients = pd.DataFrame({"sex": ["male", None, "female", "male"], "site": ["a", "a", "b", "b"]})
    covariates = (Covariate("sex", "Sex", "binary", "male", (), ""), Covariate("site", "Site", "binary", "a", (), ""))
    study = replace(load_study("data/second_cart"), covariates=covariates)

    def strata(*columns):
        return declared_strata(SimpleNamespace(patients=patients, study=replace(study, strata=columns)))

    assert strata().cat.categories.empty
    assert strata("sex").isna().tolist() == [False, True, False, False]
    assert strata("sex", "site").name == "Sex and Site"
    assert strata("sex", "site").dropna().tolist() == ["male, a", "female, b", "male, b"]


def test_a_covariate_taken_out_takes_all_its_terms():
    design = klein_design()
    assert design.without("Group").columns == [term for term in design.columns if not term.startswith("Group")]


def test_each_term_has_its_facts_in_columns():
    terms = design_matrix(PATIENTS, [RISK, ARM, AGE]).terms
    assert terms["c vs b"] == {
        "variable": "arm",
        "variable_label": "Arm",
        "level": "c",
        "reference": "b",
        "comparison": "arms",
    }
    assert [facts["comparison"] for facts in terms.values()] == ["level", "arms", "arms", "step"]
    assert terms["Age, per 10 years"]["level"] == "per 10 years"


def test_covariates_whose_labels_begin_alike_do_not_mix():
    donor = Covariate("donor", "Donor", "categorical", "sibling", BOTH, "")
    sex = Covariate("donor_sex", "Donor: sex", "binary", "male", BOTH, "")
    patients = pd.DataFrame({"donor": ["sibling", "other", "other"], "donor_sex": ["male", "female", "male"]})
    design = design_matrix(patients, [donor, sex])
    assert design.without("Donor").columns == ["Donor: sex: female vs male"]
    assert design.only("donor").columns == ["Donor: other vs sibling"]
    rows = cox(pd.DataFrame({"time_months": [1.0, 2.0, 3.0], "event": [1, 1, 0]}), design)
    assert rows["variable"].tolist() == ["donor", "donor_sex"]
    assert rows["variable_label"].tolist() == ["Donor", "Donor: sex"]
