"""The checker fails by name when one cell of a cohort is changed."""

import ast
from pathlib import Path

import pandas as pd
import pytest

from helpers.study import PROJECT_ROOT
from tests.synthetic import checker, clinical_rules
from tests.synthetic.checker import check_cohort, read_tables


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return read_tables(PROJECT_ROOT / "data" / "second_cart")


def failed(tables: dict[str, pd.DataFrame]) -> list[str]:
    result = check_cohort(tables)
    return result.loc[~result["ok"], "quantity"].tolist()


def first(patients: pd.DataFrame, rows: pd.Series) -> int:
    return patients.index[rows.fillna(False).to_numpy(dtype=bool)][0]


def in_cr(patients: pd.DataFrame) -> pd.Series:
    return patients["response"].isin(["cr", "crh", "cri"])


# column, which row, new value, a check that must fail
MUTATIONS = [
    ("arm", lambda p: p["arm"] == "tandem", "single", "patients, tandem"),
    ("arm", lambda p: p["arm"] == "tandem", "single", "rule: the target fits the arm"),
    ("response", lambda p: (p["arm"] == "tandem") & in_cr(p), "nr", "CR, tandem"),
    ("response", lambda p: (p["arm"] == "tandem") & in_cr(p), "nr", "CR, tandem vs the others, one-sided Fisher P"),
    ("response", lambda p: p["relapse_day"].notna(), "nr", "rule: relapse only after remission"),
    ("prior_transplant", lambda p: p["prior_transplant"] == "yes", "no", "no CR, tandem, adjusted Wald odds ratio"),
    ("crs_grade", lambda p: p["crs_grade"] >= 3, 2, "severe CRS"),
    ("crs_grade", lambda p: p["crs_grade"] == 0, 2, "rule: CRS has an onset exactly when graded"),
    ("crs_grade", lambda p: (p["car_target"] == "cd22") & (p["crs_grade"] > 0), 3, "severe CRS, single CD22"),
    ("transplant_day", lambda p: p["transplant_day"].notna(), None, "allo-HSCT in CR"),
    ("transplant_day", lambda p: p["dac_consolidation_day"].notna(), 50, "both kinds of consolidation"),
    ("dac_consolidation_day", lambda p: p["dac_consolidation_day"].notna(), None, "DAC consolidation in CR"),
    ("transplant_day", lambda p: p["transplant_day"].notna(), 20, "rule: consolidation between day 40 and 180"),
    ("infusion_date", lambda p: p["infusion_date"].str.startswith("2018-08"), "2018-07-30", "first infusion"),
    ("infusion_date", lambda p: p["infusion_date"].str.startswith("2022-10"), "2022-11-02", "last infusion"),
    ("death_day", lambda p: p["death_day"].between(100, 600), None, "OS at 24 months"),
    ("relapse_day", lambda p: p["relapse_day"].between(100, 600), None, "LFS at 24 months"),
    ("relapse_day", lambda p: p["relapse_day"].between(100, 600), None, "deaths in remission before 24 months"),
    ("last_contact_day", lambda p: p["last_contact_day"] == 776, 790, "follow-up, reverse Kaplan-Meier median"),
    ("last_contact_day", lambda p: p["last_contact_day"] > 1018, 1000, "follow-up, longest"),
    ("last_contact_day", lambda p: p["death_day"] < 36, 20, "follow-up, shortest"),
    ("last_contact_day", lambda p: p["death_day"].notna(), 700, "rule: last contact is the day of death"),
    ("relapse_day", lambda p: p["relapse_day"] > 200, 59, "rule: every relapse and end has a day of its own"),
    ("mrd", lambda p: p["response"] == "nr", "negative", "rule: MRD negative only in remission"),
    ("patient_id", lambda p: p["arm"] == "tandem", "P01", "rule: patient numbers are unique and say synthetic"),
    ("response", lambda p: p["response"] == "crh", "cr", "rule: CR, CRh and CRi are those of the counts"),
    ("bm_blasts_pct", lambda p: p["extramedullary_disease"] == "no", 4.9, "rule: leukaemia before the infusion"),
    ("response_day", lambda p: in_cr(p), 45, "rule: response assessed about day 28, unless not evaluable"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "where", "value", "check"), MUTATIONS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_one_changed_cell_fails_the_named_check(tables, column, where, value, check):
    patients = tables["patients"]
    row = first(patients, where(patients))
    if isinstance(value, str):
        patients[column] = patients[column].astype(object)
    patients.loc[row, column] = value
    assert check in failed(tables)


@pytest.mark.parametrize(
    ("column", "term"), [("high_risk_genetics", "high-risk genetics"), ("lymphodepletion", "DAC-FC lymphodepletion")]
)
def test_exchanged_covariate_fails_the_cox_check(tables, column, term):
    patients = tables["patients"]
    levels = sorted(set(patients[column]))
    patients[column] = patients[column].map(dict(zip(levels, reversed(levels), strict=True)))
    assert f"LFS, multivariable Cox, {term}" in failed(tables)


def test_event_after_follow_up_and_repeated_crs_are_found(tables):
    events, counts = tables["adverse_events"], tables["blood_counts"]
    events.loc[0, "onset_day"] = 2000
    events.loc[1, "term"] = "Cytokine release syndrome"
    counts.loc[0, "day"] = 2000
    counts.loc[1, "anc_e9_per_l"] = -1
    found = failed(tables)
    for rule in (
        "adverse events within follow-up",
        "CRS and ICANS are not repeated as adverse events",
        "blood counts within follow-up",
        "blood counts are possible",
    ):
        assert f"rule: {rule}" in found


@pytest.mark.parametrize("module", [checker, clinical_rules])
def test_checker_shares_no_code_with_the_generator(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [name for name in names if name.startswith("helpers")]
