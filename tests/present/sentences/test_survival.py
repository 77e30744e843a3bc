import numpy as np
import pandas as pd

from helpers.present.sentences import survival as readings
from helpers.stats.estimates import NOT_ESTIMABLE, estimates


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "population": "patients in CR", "group": "All", "method": "M", "measure": "survival"}
    return estimates({**fields, **shared, **record} for record in records)


def test_few_at_risk_names_groups_and_months_below_the_limit():
    counts = pd.DataFrame({"group": ["A", "A", "B"], "time_months": [6.0, 12.0, 12.0], "at_risk": [5, 2, 1]})
    told = readings.few_at_risk(counts, 3)
    assert "A (12 months) and B (12 months)" in told
    assert readings.few_at_risk(counts, 1) == readings.few_at_risk(pd.DataFrame(), 3) == ""


def test_tests_are_told_by_endpoint_with_their_comparison_or_reason():
    told = readings.compared(
        rows({"p": 0.5, "group": "Arms"}, {"note": NOT_ESTIMABLE + "no events", "group": "X"}, measure="p_value")
    )
    assert told == "Leukaemia-free survival, M test: P = 0.50 (Arms), not estimable: no events (X)."


def test_gain_reads_no_more_from_the_interval_than_it_holds():
    named = {"measure": "rmst_difference", "time_months": 24, "term": "B minus A", "p": 0.4}
    wide = readings.gain(rows({"estimate": 1.0, "ci_low": -1.0, "ci_high": 3.0}, **named))
    clear = readings.gain(rows({"estimate": 2.0, "ci_low": 1.0, "ci_high": 3.0}, **named))
    assert "the interval includes no difference" in wide
    assert "the interval excludes no difference" in clear
    assert "1.0 months (95% CI -1.0 to 3.0)" in wide


def test_overstatement_is_the_difference_in_percentage_points():
    wrong = rows({"estimate": 0.364, "measure": "one_minus_survival"}, endpoint="relapse", time_months=24)
    right = rows({"estimate": 0.301, "measure": "cumulative_incidence"}, endpoint="relapse", time_months=24)
    assert "overstates it by 6.3 percentage points" in readings.overstatement(wrong, right)
    assert "agrees with it here" in readings.overstatement(right, right)


def test_identity_adds_the_parts_up_and_tells_rounding_from_a_gap():
    parts = rows({"estimate": 0.3}, {"estimate": 0.6, "endpoint": "relapse"}, {"estimate": 0.1, "endpoint": "nrm"})
    parts["time_months"] = 24
    exact = rows({"estimate": 1e-16}, measure="identity_departure")
    told = readings.identity(parts, exact)
    assert "30.0% + 60.0% + 10.0% = 100.0%" in told
    assert "no more than rounding error" in told
    assert "departs from 100% by 2.000%" in readings.identity(parts, exact.assign(estimate=0.02))


def test_censoring_states_both_survivals_and_its_assumption():
    whole, censored = (rows({"estimate": value}, endpoint="os", time_months=24) for value in (0.24, 0.21))
    told = readings.censoring(whole, censored, 4)
    assert "4 patients had a transplant" in told
    assert "24.0%" in told
    assert "21.0%" in told
    assert readings.censoring(whole, censored.iloc[:0], 0) == ""


def test_immortal_time_gives_both_hazard_ratios_and_their_ratio():
    waited = rows(
        {"measure": "immortal_time", "estimate": 30.0, "n": 5},
        {"measure": "immortal_share", "estimate": 0.25, "n": 5},
        term="Transplant: before exposure",
    )
    naive, in_time = (rows({"measure": "hazard_ratio", "estimate": value}) for value in (0.4, 0.8))
    told = readings.immortal_time(naive, in_time, waited)
    assert told == (
        "Transplant: 5 patients lived 30.0 months, 25.0% of their time, before it began. Crediting that time to the "
        "exposure changes the hazard ratio from 0.80 to 0.40, that is by a factor of 0.50."
    )
    lost = naive.assign(estimate=np.nan, note=NOT_ESTIMABLE + "no events")
    assert readings.immortal_time(lost, in_time, waited).endswith("Not estimable: no events.")
