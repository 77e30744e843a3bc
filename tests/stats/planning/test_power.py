import numpy as np
import pytest
from models_reference import r_models

from helpers.stats.planning.power import (
    approximate_power,
    detectable_ratio,
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


def test_two_proportions_match_power_prop_test():
    planning = r_models()["planning"]
    assert total_for_proportions(0.857, 0.524) == pytest.approx(2 * planning["n_equal"], rel=1e-6)
    assert approximate_power(0.7, 0.45, 40, 40) == pytest.approx(planning["power_equal"], rel=1e-9)
    assert required_patients(0.857, 0.524).loc[0, "estimate"] == 60


@pytest.mark.parametrize(
    "found",
    [
        required_events(1.0, 0.5),
        required_events(np.nan, 0.5),
        required_patients(0.5, 0.5),
        detectable_ratio(0, share=0.5),
        detectable_ratio(10, share=1.0),
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
