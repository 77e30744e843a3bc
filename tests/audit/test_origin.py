"""Every number of the synthetic cohort says where it comes from; real patients' numbers say nothing."""

import pandas as pd
import pytest

from helpers.audit.origin import with_origins
from helpers.cohort import load_cohort
from helpers.stats import models, proportions, survival
from helpers.stats.estimates import ORIGINS, stack
from helpers.study import PROJECT_ROOT


@pytest.fixture(scope="module")
def rows():
    cohort = load_cohort("data/second_cart")
    remission = cohort.outcome("cr")
    estimates = stack(
        proportions.proportions(remission, "arm", overall=True),
        proportions.compare(remission, "contrast"),
        survival.survival_at(cohort.endpoint("os"), [12, 24], overall=True),
        survival.incidence_at(cohort.endpoint("nrm"), [24], overall=True),
        models.cox(cohort.endpoint("lfs"), models.declared_design(cohort, "survival")),
    )
    return with_origins(estimates, cohort.study)


def origin(rows, **cells):
    for name, value in cells.items():
        rows = rows[rows[name] == value]
    return set(rows["origin"])


def test_printed_imposed_implied_and_invented_numbers_are_told_apart(rows):
    assert origin(rows, endpoint="cr", group="Tandem CD19/CD22") == {"published"}
    assert origin(rows, endpoint="cr", measure="proportion", group="All") == {"implied"}
    assert origin(rows, endpoint="cr", measure="p_value") == {"implied"}
    assert origin(rows, endpoint="os", group="All", time_months=24.0) == {"published"}
    assert origin(rows, endpoint="os", group="All", time_months=12.0) == {"invented"}
    assert origin(rows, endpoint="nrm", group="All") == {"implied"}
    assert origin(rows, variable="high_risk_genetics") == {"imposed"}
    assert origin(rows, variable="contrast", measure="hazard_ratio") == {"invented"}


def test_origins_are_words_of_the_vocabulary(rows):
    declared = pd.read_csv(PROJECT_ROOT / "data" / "second_cart" / "origin.csv")
    assert set(rows["origin"]) | set(declared["origin"]) <= set(ORIGINS)


def test_real_patients_have_no_origin():
    klein = load_cohort("data/klein_bmt")
    rows = survival.survival_at(klein.endpoint("os"), [24])
    assert set(with_origins(rows, klein.study)["origin"]) == {""}
