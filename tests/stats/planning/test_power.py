import numpy as np
import pytest
from models_reference import r_models

from helpers.stats.planning.power import (
    approximate_power,
    exact_power,
    power_of_events,
    power_of_patients,
    required_events,
    required_patients,
    schoenfeld_events,
    total_for_proportions,
)


def test_schoenfeld_equals_the_published_table():
    # Schoenfeld 1983: (1.96 + 0.8416)^2 / (0.25 log(2)^2) = 65.3 events for a hazard ratio of 2 and power 80%
    assert schoenfeld_events(2.0) == pytest.approx(65.35, abs=0.01)
    assert schoenfeld_events(0.5) == pytest.approx(schoenfeld_events(2.0))
    found = required_events(0.5, 0.6)
    assert found["measure"].tolist() == ["required_events", "required_patients"]
    assert found["estimate"].tolist() == [66, 109]


def test_power_and_events_invert_each_other():
    events = schoenfeld_events(0.6, power=0.9)
    assert power_of_events(0.6, events, share=0.5).loc[0, "estimate"] == pytest.approx(0.9, abs=1e-9)


def test_two_proportions_match_power_prop_test():
    planning = r_models()["planning"]
    assert total_for_proportions(0.857, 0.524) == pytest.approx(2 * planning["n_equal"], rel=1e-6)
    assert approximate_power(0.7, 0.45, 40, 40) == pytest.approx(planning["power_equal"], rel=1e-9)
    assert required_patients(0.857, 0.524).loc[0, "estimate"] == 60


def test_exact_power_equals_simulation():
    rng = np.random.default_rng(1)
    from scipy.stats import fisher_exact

    draws = list(zip(rng.binomial(14, 0.857, 4000), rng.binomial(21, 0.524, 4000), strict=True))
    known = {(x, y): fisher_exact([[x, 14 - x], [y, 21 - y]]).pvalue < 0.05 for x, y in set(draws)}
    assert exact_power(0.857, 0.524, 14, 21) == pytest.approx(np.mean([known[d] for d in draws]), abs=0.03)


def test_power_of_the_study_two_ways():
    found = power_of_patients(12 / 14, 11 / 21, 14, 21)
    assert found["method"].tolist() == ["Two proportions, Fisher exact", "Two proportions, normal approximation"]
    assert found["n"].eq(35).all()
    assert (found["estimate"].between(0, 1)).all()


@pytest.mark.parametrize(
    "found",
    [
        required_events(1.0, 0.5),
        required_events(np.nan, 0.5),
        required_patients(0.5, 0.5),
        power_of_events(0.5, 0, share=0.5),
        power_of_patients(0.5, 0.7, 0, 10),
    ],
)
def test_nothing_to_plan_is_said(found):
    assert found["note"].str.startswith("not estimable: ").all()


def test_no_expected_events_gives_events_but_no_patients():
    found = required_events(0.5, 0.0)
    assert found["estimate"].notna().tolist() == [True, False]


def test_the_last_bits_of_no_effect_need_no_trial():
    for ratio in (np.nextafter(1.0, 0), 1.0, np.nextafter(1.0, 2)):
        assert required_events(ratio, 0.5)["note"].str.contains("no effect to detect").all()
        assert required_patients(0.1 + 0.2, 0.3)["note"].str.contains("no effect to detect").all()


def test_a_p_of_exactly_a_twentieth_is_no_power():
    # 2 of 14 and 2 of 2: P is 0.05 exactly, and so is that of the mirrored table; scipy rounds one of them down
    assert exact_power(2 / 14, 1.0, 14, 2) == pytest.approx(exact_power(12 / 14, 0.0, 14, 2), rel=1e-9)
