"""An invented cohort in which many patients share their covariates and some lack one: ties and imputation."""

import random
from pathlib import Path

PATIENTS = 240
STUDY = """
title = "Invented cohort with equal patients and missing values"
synthetic = true
[time]
unit = "days"
[[arms]]
key = "one"
label = "One"
[[arms]]
key = "two"
label = "Two"
[contrast]
treated = ["two"]
control = ["one"]
[[covariates]]
column = "sex"
label = "Sex"
type = "binary"
reference = "female"
[[covariates]]
column = "high_risk_genetics"
label = "High-risk genetics"
type = "binary"
[[covariates]]
column = "extramedullary_disease"
label = "Extramedullary disease"
type = "binary"
[[covariates]]
column = "age_years"
label = "Age"
type = "continuous"
unit = "10 years"
"""
COLUMNS = "patient_id,arm,age_years,sex,high_risk_genetics,extramedullary_disease,response,response_day"
COLUMNS += ",relapse_day,death_day,last_contact_day"


def write(folder: Path) -> Path:
    """Write study.toml and patients.csv into a new folder; the same bytes on every machine (whole numbers only)."""
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY)
    draw = random.Random(20180801)
    rows = [_patient(number, draw) for number in range(PATIENTS)]
    (folder / "patients.csv").write_text("\n".join([COLUMNS, *rows]) + "\n")
    return folder


def _patient(number: int, draw: random.Random) -> str:
    """One row: days from whole-number draws, covariates missing in about one of eight."""
    arm, sex = draw.choice(("one", "two")), draw.choice(("female", "male"))
    age = _or_missing(draw, str(draw.choice((20, 30, 40, 50, 60))))
    genetics, outside = (_or_missing(draw, draw.choice(("yes", "no", "no"))) for _ in range(2))
    response = draw.choice(("cr", "cr", "nr"))
    contact = draw.randrange(60, 1000)
    relapse = str(draw.randrange(40, contact)) if response == "cr" and draw.random() < 0.5 else ""
    death = str(contact) if draw.random() < 0.6 else ""
    known = ("cr", "28") if response == "cr" else ("nr", "")
    return ",".join([f"X{number:03d}", arm, age, sex, genetics, outside, *known, relapse, death, str(contact)])


def _or_missing(draw: random.Random, value: str) -> str:
    """The value, or nothing in one of eight."""
    return "" if draw.randrange(8) == 0 else value
