"""The REDCap export of the guide, read as it is, gives the tables of the synthetic cohort that it was made from."""

import shutil

import pandas as pd

from helpers.cohort import load_cohort
from tests.cohort.guide_files import COLUMNS, DATA, EVENTS

STUDY = """
title = "The guide's export"
synthetic = true
[time]
unit = "days"
[files.patients]
file = "records.csv"
format = "redcap"
beside = ["dictionary.csv"]
[files.adverse_events]
file = "records.csv"
format = "redcap"
beside = ["dictionary.csv"]
instrument = "adverse_events"
"""
ARMS = "".join(f'[[arms]]\nkey = "{key}"\nlabel = "{key}"\n' for key in ("single", "tandem", "sequential"))
SOURCES = {name: f'"{field}"' for _, field, name in COLUMNS} | {
    "arm": '{ column = "arm", values = { "Single target" = "single" } }',
    "lymphodepletion": '{ column = "ld", values = { "Flu/Cy" = "fc", "Decitabine + Flu/Cy" = "dac_fc" } }',
}
DATED = {name: field for _, field, name in COLUMNS if field.endswith("_dt") and name != "infusion_date"}


def section(name, sources):
    """A section of study.toml that maps columns."""
    return "\n".join([f"[{name}]", *(f"{key} = {source}" for key, source in sources.items()), ""])


def test_the_export_of_the_guide_is_the_synthetic_cohort(tmp_path):
    folder = shutil.copytree(DATA / "guide", tmp_path / "guide")
    columns = section("columns", SOURCES | {name: f'{{ date = "{field}" }}' for name, field in DATED.items()})
    events = section("adverse_events", {name: f'"{field}"' for _, field, name in EVENTS})
    (folder / "study.toml").write_text(STUDY + columns + events + ARMS, encoding="utf-8")
    read, made = load_cohort(folder), load_cohort(DATA / "second_cart")
    names = [name for _, _, name in COLUMNS if name != "arm"]
    pd.testing.assert_frame_equal(read.patients[names], made.patients[names])
    labels = {arm.key: arm.label for arm in made.study.arms}
    assert [labels[arm] for arm in read.patients["arm"]] == list(made.patients["arm"])
    names = [name for _, _, name in EVENTS]
    pd.testing.assert_frame_equal(read.adverse_events[names], made.adverse_events[names])
