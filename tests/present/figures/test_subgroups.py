"""The forest of subgroups: every factor with its own levels and the P of its interaction."""

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.present.figures.subgroups import plot_subgroups
from helpers.stats.models.subgroups import subgroup_odds_ratios
from helpers.study import Covariate

DONOR = [Covariate("donor", "Donor", "binary", "sibling", (), "")]
DONOR += [Covariate("donor_sex", "Donor: sex", "binary", "f", (), "")]


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


def of_many(cohort, times):
    """The odds ratios within subgroups of a cohort with every patient several times."""
    data = cohort.outcome("cr")
    many = pd.concat([data] * times, ignore_index=True).__finalize__(data)
    sizes = {"donor": np.resize(["sibling", "other"], len(many)), "donor_sex": np.resize(["f", "f", "m"], len(many))}
    return subgroup_odds_ratios(many.assign(**sizes), "contrast", DONOR)


def test_subgroup_forest_shows_the_interaction_and_no_p_of_its_own(cohort):
    figure = plot_subgroups(of_many(cohort, 5), id="s", caption="c", effect="Odds ratio")
    assert "p" not in figure.data or figure.data["p"].isna().all()
    assert "interaction P" in figure.svg


def test_subgroups_of_factors_whose_labels_begin_alike_are_drawn_apart(cohort):
    rows = plot_subgroups(of_many(cohort, 5), id="s", caption="c", effect="Odds ratio").data
    drawn = rows.groupby("heading", sort=False)["term"].agg(list).to_dict()
    assert drawn == {"Donor": ["other", "sibling"], "Donor: sex": ["f", "m"]}


def test_subgroups_that_tell_little_are_left_out_or_said_in_words(cohort):
    few = plot_subgroups(of_many(cohort, 1), id="s", caption="c", effect="Odds ratio")
    assert few.text == "No odds ratios are drawn: no subgroup has 10 patients with and 10 without the outcome."
    within = of_many(cohort, 2)
    effects = within[within["comparison"] != "interaction"]
    shown = effects[(effects["events"] >= 10) & (effects["n"] - effects["events"] >= 10)]
    assert 0 < len(shown) < len(effects)
    some = plot_subgroups(within, id="s", caption="c", effect="Odds ratio")
    assert some.data["term"].tolist() == shown["level"].tolist()
    assert some.caption.startswith(f"c. {len(effects) - len(shown)} subgroup")
