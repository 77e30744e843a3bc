"""Plans against Schoenfeld's formula by hand and against R's power.prop.test."""

import math

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.stats.estimates import estimates, stack
from helpers.stats.planning import contrast_on_survival, exposures_on_survival
from helpers.stats.planning.next_trial import plan_observed, plan_proportions, plan_survival
from helpers.stats.planning.power import detectable_ratio

Z = 1.959963984540054


def timed(events=25, n=35, treated=14):
    sides = pd.Categorical(["treated"] * treated + ["control"] * (n - treated), ["control", "treated"], ordered=True)
    return pd.DataFrame({"time_months": 1.0, "event": [1] * events + [0] * (n - events), "contrast": sides})


def at(plan, term, measure, power=""):
    rows = plan[plan["term"].str.contains(term) & (plan["measure"] == measure)]
    rows = rows[rows["level"] == f"power {power}"] if power else rows
    assert len(rows) == 1
    return rows.iloc[0]["estimate"]


def test_survival_plan_equals_schoenfeld_by_hand():
    plan = plan_survival(timed(), "contrast", [0.5, 0.6])
    # (1.959964 + 0.841621)^2 / (0.25 log(0.6)^2) = 120.3; 25 of 35 have the event
    assert at(plan, "0.60 or 1.67", "required_events", "80%") == 121
    assert at(plan, "0.60 or 1.67", "required_patients", "80%") == math.ceil(120.31 * 35 / 25)
    assert at(plan, "0.50 or 2.00", "required_events", "80%") == 66
    assert at(plan, "0.50 or 2.00", "required_events", "90%") == 88
    assert plan["n"].eq(35).all()
    assert plan["events"].eq(25).all()


def test_patients_in_neither_side_count_for_nothing():
    data = pd.concat([timed(), timed()], ignore_index=True)
    data.loc[35:, "contrast"] = None
    pd.testing.assert_frame_equal(plan_survival(data, "contrast", [0.5]), plan_survival(timed(), "contrast", [0.5]))


def test_detectable_ratio_inverts_the_required_events():
    found = detectable_ratio(66, share=0.5).loc[0, "estimate"]
    assert found == pytest.approx(0.5, abs=0.003)
    assert at(plan_survival(timed(), "contrast", []), "could show", "detectable_ratio") == pytest.approx(
        math.exp(-(Z + 0.8416212335729143) / math.sqrt(25 * 0.24))
    )


def test_power_aimed_at_stands_in_a_column():
    plan = plan_survival(timed(), "contrast", [0.5])
    levels = plan.groupby("measure")["level"].unique().map(list)
    assert levels["required_events"] == levels["required_patients"] == ["power 80%", "power 90%"]
    assert levels["detectable_ratio"] == ["power 80%"]
    assert set(plan["analysis"]) == {"plan"}


def test_observed_effects_are_planned_from_the_plainest_analysis():
    klein = load_cohort("data/klein_bmt")
    data = klein.endpoint("lfs")
    arms, later = contrast_on_survival(klein, data), exposures_on_survival(klein, data)
    row = arms.iloc[0]
    found = plan_observed(arms)
    # 4 (1.959964 + 0.841621)^2 / log(2.568285)^2
    expected = math.ceil(4 * (Z + 0.8416212335729143) ** 2 / math.log(row["estimate"]) ** 2)
    assert at(found, "hazard ratio 2.57, as observed", "required_events", "80%") == expected
    assert found[["n", "events"]].drop_duplicates().to_numpy().tolist() == [[99, 59]]
    assert plan_observed(later)["variable"].unique().tolist() == ["acute_gvhd", "chronic_gvhd", "platelet_recovery"]


def test_an_effect_without_estimate_is_not_planned():
    klein = load_cohort("data/klein_bmt")
    arms = contrast_on_survival(klein, klein.endpoint("lfs")).assign(estimate=np.nan)
    assert plan_observed(arms).empty
    assert plan_observed(estimates([])).empty


def test_proportions_match_power_prop_test():
    sides = pd.Categorical(["others"] * 21 + ["tandem"] * 14, ["others", "tandem"], ordered=True)
    data = pd.DataFrame({"event": [1] * 11 + [0] * 10 + [1] * 12 + [0] * 2, "contrast": sides})
    plan = stack(plan_proportions(data, "contrast", [0.2, 0.6]), plan_proportions(data, "contrast"))
    # R 4.2: power.prop.test(p1 = 12/14, p2 = 11/21, power = 0.8)$n is 28.99 a group, with power 0.9 38.30
    assert at(plan, "as observed", "required_patients", "80%") == 58
    assert at(plan, "as observed", "required_patients", "90%") == 78
    assert at(plan, "72.4% against 52.4%", "required_patients", "80%") == 182
    assert plan["term"].str.contains("100.0% against").any()
    assert set(plan["measure"]) == {"required_patients"}


def test_nothing_recorded_gives_no_plan():
    assert plan_survival(pd.DataFrame(), "contrast", [0.5]).empty
    assert plan_proportions(pd.DataFrame(), "contrast", [0.2]).empty


def test_no_events_give_no_infinite_number():
    plan = plan_survival(timed(events=0), "contrast", [0.5])
    assert not np.isinf(plan["estimate"].to_numpy(float)).any()
    assert pd.isna(at(plan, "0.50", "required_patients", "80%"))
    nobody = plan_survival(timed().iloc[:0], "contrast", [0.5])
    assert not np.isinf(nobody["estimate"].to_numpy(float)).any()
