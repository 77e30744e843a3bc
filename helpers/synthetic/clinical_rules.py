"""Clinical rules a reconstructed cohort must keep, each counted as the number of rows that break it."""

import pandas as pd


def broken_rules(tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Rows breaking each rule, by the rule in words; all zero for a coherent cohort."""
    patients = tables["patients"]
    rules = {**_responses(patients), **_days(patients), **_consolidations(patients), **_toxicities(patients)}
    last = patients.set_index("patient_id")["last_contact_day"]
    if "adverse_events" in tables:
        rules.update(_events(tables["adverse_events"], last))
    if "blood_counts" in tables:
        rules.update(_counts(tables["blood_counts"], last))
    return {rule: int(rows.sum()) for rule, rows in rules.items()}


def _responses(patients: pd.DataFrame) -> dict[str, pd.Series]:
    """Rules of response, MRD, relapse and arm."""
    in_cr = patients["response"].isin(["cr", "cri"])
    targets = {"tandem": ["cd19_cd22"], "sequential": ["cd19_cd22"], "single": ["cd19", "cd22"]}
    fits = [target in targets.get(arm, []) for arm, target in zip(patients["arm"], patients["car_target"], strict=True)]
    return {
        "patient numbers are unique and say synthetic": patients["patient_id"].duplicated()
        | ~patients["patient_id"].str.startswith("SYN-"),
        "the target fits the arm": ~pd.Series(fits, index=patients.index),
        "relapse only after remission": patients["relapse_day"].notna()
        & ~(in_cr & (patients["relapse_day"] > patients["response_day"])),
        "MRD negative only in remission": (patients["mrd"] == "negative") & ~in_cr,
        "response assessed about day 28, unless not evaluable": ~patients["response_day"].between(21, 35)
        & (patients["response"] != "not_evaluable"),
    }


def _days(patients: pd.DataFrame) -> dict[str, pd.Series]:
    """Rules of order among relapse, death and last contact."""
    last, death = patients["last_contact_day"], patients["death_day"]
    days = pd.concat([patients["relapse_day"], last], keys=["relapse", "end"]).dropna()
    happened = ["response_day", "relapse_day", "transplant_day", "dac_consolidation_day", "crs_onset_day"]
    return {
        "last contact is the day of death": death.notna() & (death != last),
        "nothing after last contact": patients[happened].gt(last, axis=0).any(axis=1),
        "death comes after relapse": (death <= patients["relapse_day"]).fillna(False),
        "every relapse and end has a day of its own": days.duplicated(keep=False),
    }


def _consolidations(patients: pd.DataFrame) -> dict[str, pd.Series]:
    """Rules of consolidation: in remission, between day 40 and 180, before relapse."""
    day = patients[["transplant_day", "dac_consolidation_day"]].min(axis=1)
    in_cr = patients["response"].isin(["cr", "cri"])
    return {
        "consolidation only in remission": day.notna() & ~in_cr,
        "consolidation between day 40 and 180": day.notna() & ~day.between(40, 180),
        "consolidation before relapse": (day >= patients["relapse_day"]).fillna(False),
    }


def _toxicities(patients: pd.DataFrame) -> dict[str, pd.Series]:
    """Rules of CRS and ICANS: grades, and onset only where there was one."""
    rules = {}
    for name in ("crs", "icans"):
        grade, onset = patients[f"{name}_grade"], patients[f"{name}_onset_day"]
        rules[f"{name.upper()} grades are 0 to 4"] = ~grade.between(0, 4)
        rules[f"{name.upper()} has an onset exactly when graded"] = (grade > 0) != onset.notna()
    return rules


def _events(events: pd.DataFrame, last: pd.Series) -> dict[str, pd.Series]:
    """Rules of adverse events: known patients, order of days, CRS and ICANS not repeated."""
    limit = events["patient_id"].map(last)
    return {
        "adverse events within follow-up": ~events["onset_day"].between(0, limit)
        | (events["resolution_day"] > limit).fillna(False),
        "adverse events end after they begin": (events["resolution_day"] < events["onset_day"]).fillna(False),
        "adverse events are graded 1 to 4 (no fatal event)": ~events["grade"].between(1, 4),
        "CRS and ICANS are not repeated as adverse events": events["term"].str.contains(
            "cytokine|neurotoxicity|encephalopathy", case=False
        ),
        "one worst grade per patient and term": events.duplicated(["patient_id", "term"]),
    }


def _counts(counts: pd.DataFrame, last: pd.Series) -> dict[str, pd.Series]:
    """Rules of blood counts: within follow-up, one sample a day, possible values."""
    return {
        "blood counts within follow-up": ~counts["day"].between(0, counts["patient_id"].map(last)),
        "one blood count a day": counts.duplicated(["patient_id", "day"]),
        "blood counts are possible": ~(
            counts["anc_e9_per_l"].between(0, 30)
            & counts["platelets_e9_per_l"].between(1, 800)
            & counts["haemoglobin_g_per_l"].between(40, 190)
        ),
    }
