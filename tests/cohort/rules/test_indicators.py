"""Indicators that read the wrong way round, and days 0 of what never happened."""

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.study import PROJECT_ROOT

TURNED = "the patients with the event are followed longer than those without"
AT_THE_END = "four of five fall on the day of last contact, as the times of those without the event do"
EXPOSURE = '[[exposures]]\nkey = "gvhd"\nlabel = "GVHD"\ncolumns = ["gvhd_day"]\n'


def followed(size, deaths, seed, recruitment):
    """A cohort followed until one date: hazards that fall (shape 0.7), so many deaths, patients recruited at random."""
    draw = np.random.default_rng(seed)
    entry = draw.integers(0, recruitment, size)
    longest = recruitment + 400 - entry
    life = draw.weibull(0.7, size)
    life *= np.quantile(longest / life, 1 - deaths)
    days = np.ceil(np.minimum(life, longest)).astype(int)
    died = life <= longest
    dates = (np.datetime64("2015-01-01") + entry).astype(str)
    return pd.DataFrame({"days": days, "died": died.astype(int), "infusion_date": dates})


def cohort(told, study_toml, data, event="[1]"):
    study = study_toml.split('[[arms]]\nkey = "two"')[0] + "[columns]\npatient_id = { row_number = true }\n"
    study += f'last_contact_day = "days"\ndeath_day = {{ time = "days", event = "died", event_codes = {event} }}\n'
    return told(data, study)


@pytest.mark.parametrize("dates", [True, False])
@pytest.mark.parametrize(("size", "deaths"), [(20, 0.5), (50, 0.1), (50, 0.9), (200, 0.3), (1000, 0.5)])
def test_an_indicator_that_is_turned_round_is_asked_about_and_a_true_one_is_not(told, study_toml, size, deaths, dates):
    data = followed(size, deaths, seed=size, recruitment=1500 if dates else 60)
    data = data if dates else data.drop(columns="infusion_date")
    assert cohort(told, study_toml, data) == ([], [])
    assert cohort(told, study_toml, data, "[0]").questions == [f"patients.csv, death_day, last_contact_day: {TURNED}"]


def test_in_twenty_cohorts_with_dates_every_turn_is_found_and_no_true_one_suspected(told, study_toml):
    for seed in range(20):
        data = followed(60, 0.2 + 0.03 * seed, seed, recruitment=1000)
        assert TURNED not in cohort(told, study_toml, data)
        assert TURNED in cohort(told, study_toml, data, "[0]")


def test_the_shipped_cohorts_are_asked_nothing_and_turned_round_they_are(told):
    folder = PROJECT_ROOT / "data" / "klein_bmt"
    assert load_cohort(folder).questions == load_cohort("data/second_cart").questions == ()
    data, study = pd.read_csv(folder / "patients.csv", dtype=str), (folder / "study.toml").read_text()
    for indicator, said in (("d1", TURNED), ("d2", AT_THE_END), ("d3", TURNED), ("da", AT_THE_END), ("dc", AT_THE_END)):
        turned = data.assign(**{indicator: (1 - data[indicator].astype(int)).astype(str)})
        assert said in told(turned, study), indicator


@pytest.mark.parametrize("header", ["CNSR", "cnsr_os", "censored", "OS.CENS", "zensiert", "Censure"])
def test_an_indicator_of_censoring_needs_the_code_of_the_event(told, study_toml, header):
    data = followed(50, 0.5, 1, 900).rename(columns={"died": header})
    study = study_toml.split('[[arms]]\nkey = "two"')[0] + "[columns]\npatient_id = { row_number = true }\n"
    study += f'last_contact_day = "days"\ndeath_day = {{ time = "days", event = "{header}" }}\n'
    fault = "patients.csv, death_day: an indicator of censoring is read as one of the event, so that every result would"
    (found,) = told(data, study).faults
    assert found.startswith(fault)
    assert told(data, study.replace(f'"{header}"', f'"{header}", event_codes = [1]')).faults == []


def test_a_recorded_endpoint_is_not_read_from_an_indicator_of_censoring(told, many, study_toml):
    many = many.assign(pfs="30", pfs_cnsr="0")
    study = study_toml + '[endpoints.efs]\ntime = "pfs"\nevent = "pfs_cnsr"\n'
    assert "patients.csv, efs_event: an indicator of censoring" in told(many, study)
    assert told(many.rename(columns={"pfs_cnsr": "census"}), study.replace("pfs_cnsr", "census")).faults == []


def test_day_0_of_what_never_happened(told, many, study_toml):
    said = "day 0 for many patients: it may stand for what never happened"
    never = many.assign(transplant_day=["0"] * 30 + ["60"] * 10).drop(columns="death_day").assign(death_day="")
    assert said in told(never).faults[0]
    assert told(many.assign(transplant_day=["0", "0"] + ["30"] * 8 + [""] * 30)) == ([], [])
    gvhd = study_toml + EXPOSURE
    begins = ["0"] * 9 + ["30"] * 11 + [""] * 20  # a treatment that begins at time zero in some
    assert told(many.assign(gvhd_day=begins), gvhd).questions[0].endswith(said)
    assert said in told(many.assign(gvhd_day=["0"] * 30 + ["20"] * 10), gvhd).faults[0]
    named = gvhd + '[columns]\ngvhd_day = { column = "gvhd_day", missing = ["0"] }\n'
    assert told(many.assign(gvhd_day=["0"] * 30 + ["20"] * 10), named) == ([], [])


def test_a_day_of_death_for_everybody_is_asked_about(told, many):
    assert told(many) == ([], [])
    many["death_day"] = many["last_contact_day"]
    assert "death_day: every patient has a day of death" in told(many)


def test_a_death_by_the_day_of_a_recorded_endpoint_is_its_event(told):
    folder = PROJECT_ROOT / "data" / "klein_bmt"
    data, study = pd.read_csv(folder / "patients.csv", dtype=str), (folder / "study.toml").read_text()
    assert "no event although a relapse or death" in told(data, study.replace('event = "d3"', 'event = "d2"'))
