"""Plans against Schoenfeld's formula by hand and against R's power.prop.test."""

import math

import numpy as np
import pandas as pd
import pytest

from helpers.stats.estimates import estimates
from helpers.stats.planning.next_trial import plan_hazard, plan_proportions
from helpers.stats.planning.power import detectable_ratio

SCOPE = {"endpoint": "os", "population": "all patients", "group": "Tandem"}
Z = 1.959963984540054


def effect(ratio, n=35, events=25, share=0.4):
    row = {**SCOPE, "measure": "hazard_ratio", "estimate": ratio, "n": n, "events": events, "method": "Cox"}
    row["note"] = "" if ratio == ratio else "not estimable: x"
    return estimates([row]).assign(share=share)


def at(plan, term, measure, power=""):
    rows = plan[plan["term"].str.contains(term) & (plan["measure"] == measure)]
    rows = rows[rows["level"] == f"power {power}"] if power else rows
    assert len(rows) == 1
    return rows.iloc[0]["estimate"]


def test_hazard_plan_equals_schoenfeld_by_hand():
    plan = plan_hazard(effect(0.6), [0.5], label="Tandem")
    # (1.959964 + 0.841621)^2 / (0.25 log(0.6)^2) = 120.3; 25 of 35 have the event
    assert at(plan, "as observed", "required_events", "80%") == 121
    assert at(plan, "as observed", "required_patients", "80%") == math.ceil(120.31 * 35 / 25)
    assert at(plan, "0.50 or 2.00", "required_events", "80%") == 66
    assert at(plan, "0.50 or 2.00", "required_events", "90%") == 88
    shift = abs(math.log(0.5)) * math.sqrt(25 * 0.4 * 0.6)
    assert at(plan, "0.50 or 2.00", "power") == pytest.approx(0.5 * math.erfc((Z - shift) / math.sqrt(2)))


def test_detectable_ratio_inverts_the_required_events():
    found = detectable_ratio(66, share=0.5).loc[0, "estimate"]
    assert found == pytest.approx(0.5, abs=0.003)
    assert at(plan_hazard(effect(0.6), [], label="x"), "could show", "detectable_ratio") == pytest.approx(
        math.exp(-(Z + 0.8416212335729143) / math.sqrt(25 * 0.24))
    )


def test_power_of_a_plan_stands_in_a_column():
    plan = plan_hazard(effect(0.6), [0.5], label="Tandem")
    levels = plan.groupby("measure")["level"].unique().map(list)
    assert levels["required_events"] == levels["required_patients"] == ["power 80%", "power 90%"]
    assert (levels["power"], levels["detectable_ratio"]) == (["Schoenfeld"], ["power 80%"])
    assert set(plan["variable_label"]) == {"Tandem"}
    assert set(plan["analysis"]) == {"plan"}


def test_unknown_effect_leaves_the_stated_ones():
    plan = plan_hazard(effect(np.nan), [0.5], label="x")
    observed = plan[plan["term"].str.contains("as observed")]
    assert observed["note"].eq("not estimable: the observed effect is not estimable").all()
    assert at(plan, "0.50", "required_events", "80%") == 66


def test_proportions_match_power_prop_test():
    sides = pd.Categorical(["others"] * 21 + ["tandem"] * 14, ["others", "tandem"], ordered=True)
    data = pd.DataFrame({"event": [1] * 11 + [0] * 10 + [1] * 12 + [0] * 2, "contrast": sides})
    plan = plan_proportions(data, "contrast", [0.2, 0.6])
    # R 4.2: power.prop.test(p1 = 12/14, p2 = 11/21, power = 0.8)$n is 28.99 a group, with power 0.9 38.30
    assert at(plan, "as observed", "required_patients", "80%") == 58
    assert at(plan, "as observed", "required_patients", "90%") == 78
    assert at(plan, "72.4% against 52.4%", "required_patients", "80%") == 182
    assert plan["term"].str.contains("100.0% against").any()
    assert set(plan["method"]) >= {"Two proportions, Fisher exact", "Two proportions, normal approximation"}


def test_nothing_recorded_gives_no_plan():
    assert plan_hazard(estimates([]), [0.5], label="x").empty
    assert plan_proportions(pd.DataFrame(), "contrast", [0.2]).empty


def test_no_events_give_no_infinite_number():
    plan = plan_hazard(effect(0.6, events=0), [0.5], label="x")
    assert not np.isinf(plan["estimate"].to_numpy(float)).any()
    assert pd.isna(at(plan, "0.50", "power"))
