"""Dates, units and per cent that can hardly be: refused where they cannot, else asked about."""

import pytest

from helpers.cohort.today import today

DAYS = ["response_day", "relapse_day", "death_day", "last_contact_day"]
MONTHS = 'unit = "months"'


def scaled(frame, columns, factor, digits=3):
    """The table with some columns multiplied."""
    frame = frame.copy()
    for column in columns:
        frame[column] = [f"{round(float(cell) * factor, digits):g}" if cell else "" for cell in frame[column]]
    return frame


def test_a_cohort_as_it_should_be_is_asked_nothing(told, many):
    assert told(many) == ([], [])


@pytest.mark.parametrize(
    ("date", "fault"),
    [
        ("1900-01-01", "row 5, infusion_date: before 1970"),
        ("1969-12-31", "row 5, infusion_date: before 1970"),
        ("2099-01-01", "row 5, infusion_date: in the future"),
        ("2022-06-02", "row 5, infusion_date: in the future"),
        ("2022-05-01", "row 5, last_contact_day, infusion_date: the last contact is in the future"),
    ],
)
def test_time_zero_and_last_contact_are_between_1970_and_today(told, many, monkeypatch, date, fault):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1653955200")  # 31 May 2022
    many.loc[3, "infusion_date"] = date
    assert told(many).faults == [f"patients.csv {fault}"]


def test_today_is_that_of_the_clock_unless_it_is_fixed(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert today().isoformat() == "1970-01-02"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert today().year > 2025


def test_car_t_cells_before_2006_are_doubtful_and_transplants_are_not(told, many):
    many.loc[3, "infusion_date"] = "2004-03-01"
    assert told(many).questions == ["patients.csv row 5, infusion_date: an infusion of CAR-T cells before 2006"]
    assert told(many.drop(columns=["crs_grade", "crs_onset_day", "crs_duration_days"])) == ([], [])


def test_long_follow_up_is_a_question_and_a_century_a_fault(told, many):
    many = many.drop(columns="infusion_date")
    for days, faults, questions in [("5400", [], []), ("6000", [], ["more than 15 years of follow-up"])]:
        many.loc[3, "last_contact_day"] = days
        said = told(many)
        assert (said.faults, [text.split(": ")[1] for text in said.questions]) == (faults, questions)
    for days in ("36500", "1e308", "inf"):
        many.loc[3, "last_contact_day"] = days
        assert told(many).faults == ["patients.csv row 5, last_contact_day: a hundred years or more"]


# What is read in a unit that it is not in: the columns, the factor, the digits kept, and what is said of it.
UNITS = {
    "months as days": (DAYS, 1 / 30.4375, 1, "half of the days have decimals, as months and years do"),
    "whole months as days": (DAYS, 1 / 30.4375, 0, "nobody is followed for 100 days"),
    "years as days": (DAYS, 1 / 365.25, 2, "response_day, death_day: every value is less than a day"),
    "weeks as days": (["response_day"], 1 / 7, 0, "response_day: half of the values are below what is seen in days"),
    "hours as days": (["crs_onset_day"], 24, 0, "crs_onset_day: half of the values are above what is seen in days"),
    "CRS in months": (["crs_onset_day"], 1 / 30.4375, 3, "crs_onset_day: every value is less than a day"),
    "age as a share": (["age_years"], 0.01, 2, "age_years: half of the values are below what is seen in years"),
}


@pytest.mark.parametrize("case", UNITS)
def test_another_unit_than_declared_is_told_by_its_values(told, many, case):
    columns, factor, digits, said = UNITS[case]
    many["crs_onset_day"] = many["crs_onset_day"].replace({"8": "7"})  # whole days
    if len(columns) > 1:
        many = many.drop(columns=["crs_onset_day", "crs_duration_days"])
    assert said in told(scaled(many, columns, factor, digits))


def test_days_where_months_are_declared(told, many, study_toml):
    study, many = study_toml.replace('unit = "days"', MONTHS), many.drop(columns="infusion_date")
    assert "more than 50 years of follow-up in months: these may be days" in told(many, study)
    shorter = many.assign(last_contact_day=[str(250 + row) for row in range(40)], death_day="")
    assert "half of the patients are followed for more than 20 years" in told(shorter, study)
    months = scaled(many, DAYS, 1 / 30.4375, 2)
    assert told(months, study) == ([], [])


def test_grams_per_decilitre_where_grams_per_litre_are_declared(told, many):
    counts = "patient_id,day,haemoglobin_g_per_l\n" + "".join(f"S-00{n},5,1{n}\n" for n in range(1, 7))
    assert "haemoglobin_g_per_l: half of the values are below what is seen in g/L" in told(many, blood_counts=counts)


def test_fractions_where_per_cent_are_declared(told, many, study_toml):
    shares = scaled(many, ["bm_blasts_pct"], 0.01)
    said = "patients.csv, bm_blasts_pct: every value is 1 or less: fractions in place of per cent"
    assert told(shares).faults == [said]
    in_remission = study_toml + "[response]\nat_time_zero = true\n"
    assert told(shares, in_remission) == ([], [said])
    few = many.assign(bm_blasts_pct=["0", "0.01", "0.02", "1"] * 10)
    assert told(few) == ([], [said])
    assert told(many.assign(bm_blasts_pct=["0", "1"] * 20)) == ([], [])
    assert told(many.assign(bm_blasts_pct=["0.5", "2"] * 20)) == ([], [])


def test_days_whose_point_separates_thousands_are_asked_about(told, many):
    many = many[["patient_id", "arm", "death_day", "last_contact_day"]].assign(death_day="")
    assert told(many) == ([], [])
    many.loc[[1, 3], "last_contact_day"] = ["1.234", "1.010"]
    assert "last_contact_day: some days have decimals, three each" in told(many)
