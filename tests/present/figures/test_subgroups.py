"""The forest of subgroups: every factor with its own levels and the P of its interaction."""

import numpy as np
import pytest

from helpers.cohort import load_cohort
from helpers.present.figures.subgroups import interaction_only, plot_subgroups
from helpers.stats.models.subgroups import subgroup_odds_ratios
from helpers.study import Covariate


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


def test_subgroup_forest_shows_the_interaction_and_no_p_of_its_own(cohort):
    within = subgroup_odds_ratios(cohort.outcome("cr"), "contrast", cohort.study.covariates)
    assert interaction_only(within).loc[within["measure"] != "p_value", "p"].isna().all()
    figure = plot_subgroups(within, id="s", caption="c", effect="Odds ratio")
    assert "p" not in figure.data or figure.data["p"].isna().all()
    assert figure.data["heading"].nunique() == 4


def test_subgroups_of_factors_whose_labels_begin_alike_are_drawn_apart(cohort):
    size = len(cohort.patients)
    columns = {"donor": np.resize(["sibling", "other"], size), "donor_sex": np.resize(["f", "f", "m"], size)}
    covariates = [
        Covariate("donor", "Donor", "binary", "sibling", (), ""),
        Covariate("donor_sex", "Donor: sex", "binary", "f", (), ""),
    ]
    within = subgroup_odds_ratios(cohort.outcome("cr").assign(**columns), "contrast", covariates)
    rows = plot_subgroups(within, id="s", caption="c", effect="Odds ratio").data
    drawn = rows.groupby("heading", sort=False)["term"].agg(list).to_dict()
    assert drawn == {"Donor": ["other", "sibling"], "Donor: sex": ["f", "m"]}
