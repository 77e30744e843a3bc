"""Covariates are factors known at time zero: no outcome, no day of an event, no id, under whatever name."""

import pytest

from helpers.cohort import load_cohort
from helpers.cohort.findings import CohortError

COVARIATE = '[[covariates]]\ncolumn = "{}"\nlabel = "Factor"\ntype = "{}"\n'
EXPOSURE = '[[exposures]]\nkey = "t"\nlabel = "Transplant"\ncolumns = ["transplant_day"]\n'


def said(folder):
    with pytest.raises(CohortError) as error:
        load_cohort(folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("death_day", "continuous"),
        ("last_contact_day", "continuous"),
        ("relapse_day", "continuous"),
        ("transplant_day", "continuous"),
        ("crs_grade", "continuous"),
        ("crs_onset_day", "continuous"),
        ("response", 'categorical"\nreference = "nr'),
        ("tocilizumab", "binary"),
        ("patient_id", 'categorical"\nreference = "P01'),
        ("arm", 'categorical"\nreference = "one'),
    ],
)
def test_what_is_not_known_at_time_zero_is_no_covariate(make_cohort, patients, study_toml, column, kind):
    message = said(make_cohort(patients, study_toml + EXPOSURE + COVARIATE.format(column, kind)))
    assert f"[[covariates]] {column}: no baseline factor: an outcome, an event or an id" in message


@pytest.mark.parametrize(
    ("source", "of"),
    [
        ('"death_day"', "death_day"),
        ('"Transplant_Day"', "transplant_day"),
        ('{ column = "crs_grade" }', "crs_grade"),
        ('"patient_id"', "patient_id"),
    ],
)
def test_another_name_does_not_make_an_outcome_a_factor(make_cohort, patients, study_toml, source, of):
    study = f"{study_toml}[columns]\nfactor = {source}\n{EXPOSURE}{COVARIATE.format('factor', 'continuous')}"
    assert f"no baseline factor: read from the column of {of}" in said(make_cohort(patients, study))


def test_a_recorded_endpoint_is_no_factor(make_cohort, patients, study_toml):
    table = patients.assign(pfs=patients["last_contact_day"], died="0")
    recorded = '[endpoints.lfs]\ntime = "pfs"\nevent = "died"\n'
    study = f"{study_toml}[columns]\nfactor = 'pfs'\n{recorded}{COVARIATE.format('factor', 'continuous')}"
    assert "read from the column of lfs_day" in said(make_cohort(table, study))


@pytest.mark.parametrize("column", ["age_years", "car_t_dose", "product"])
def test_factors_of_the_dictionary_and_of_the_study_may_be_covariates(make_cohort, patients, study_toml, column):
    table = patients.assign(car_t_dose="1.5", product="2")
    study = study_toml + EXPOSURE + COVARIATE.format(column, "continuous")
    assert load_cohort(make_cohort(table, study)).study.covariates[0].column == column


@pytest.mark.parametrize(("count", "refused"), [(12, False), (13, True)])
def test_a_factor_has_at_most_twelve_levels(make_cohort, patients, study_toml, count, refused):
    table = patients.loc[patients.index.repeat(2)].assign(
        patient_id=range(16), site=[f"s{n % count}" for n in range(16)]
    )
    folder = make_cohort(table, study_toml + COVARIATE.format("site", 'categorical"\nreference = "s0'))
    if refused:
        assert "[[covariates]] site levels: 13 of them; at most 12 can be shown" in said(folder)
    else:
        assert len(load_cohort(folder).patients) == 16
