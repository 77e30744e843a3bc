"""Clinical rules a reconstructed cohort must keep, each counted as the number of rows that break it."""

import pandas as pd

# Adverse events whose grades (ASTCT) stand with the patients.
ICANS = "immune effector cell-associated neurotoxicity syndrome"
RECOVERY = (("cr", 1.0, 100), ("crh", 0.5, 50))  # least neutrophils and platelets, 10^9/L
GRADED_BY_ASTCT = ("cytokine release syndrome", "encephalopathy", ICANS)


def broken_rules(tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Rows breaking each rule, by the rule in words; all zero for a coherent cohort."""
    patients = tables["patients"]
    rules = _responses(patients) | _days(patients)
    last = patients.set_index("patient_id")["last_contact_day"]
    rules |= _events(tables["adverse_events"], last) | _counts(tables["blood_counts"], last)
    rules["CR, CRh and CRi are those of the counts"] = _other_recovery(patients, tables["blood_counts"])
    return {rule: int(rows.sum()) for rule, rows in rules.items()}


def _responses(patients: pd.DataFrame) -> dict[str, pd.Series]:
    in_cr = patients["response"].isin(["cr", "crh", "cri"])
    target, ids = patients["car_target"], patients["patient_id"]
    blasts, elsewhere = patients["bm_blasts_pct"], patients["extramedullary_disease"]
    one_target = (patients["arm"] == "single") & target.isin(["cd19", "cd22"])
    two_targets = patients["arm"].isin(["tandem", "sequential"]) & (target == "cd19_cd22")
    relapse, assessed = patients["relapse_day"], patients["response_day"]
    return {
        "patient numbers are unique and say synthetic": ids.duplicated() | ~ids.str.startswith("SYN-"),
        "the target fits the arm": ~(one_target | two_targets),
        "relapse only after remission": relapse.notna() & ~(in_cr & (relapse > assessed)),
        "leukaemia before the infusion": (blasts < 5) & (elsewhere == "no"),
        "MRD negative only in remission": (patients["mrd"] == "negative") & ~in_cr,
        "response assessed about day 28, unless not evaluable": ~assessed.between(21, 35)
        & (patients["response"] != "not_evaluable"),
    }


def _days(patients: pd.DataFrame) -> dict[str, pd.Series]:
    """Rules of relapse, death, last contact and consolidation in time, and of CRS and ICANS."""
    relapse, last, death = patients["relapse_day"], patients["last_contact_day"], patients["death_day"]
    days = pd.concat([relapse, last], keys=["relapse", "end"]).dropna()
    consolidation = patients[["transplant_day", "dac_consolidation_day"]]
    happened = patients[["response_day", "relapse_day", "crs_onset_day"]].join(consolidation)
    day, in_cr = consolidation.min(axis=1), patients["response"].isin(["cr", "crh", "cri"])
    crs, icans = patients["crs_grade"], patients["icans_grade"]
    return {
        "last contact is the day of death": death.notna() & (death != last),
        "nothing after last contact": happened.gt(last, axis=0).any(axis=1),
        "death comes after relapse": (death <= relapse).fillna(False),
        "every relapse and end has a day of its own": days.duplicated(keep=False),
        "consolidation only in remission": day.notna() & ~in_cr,
        "consolidation between day 40 and 180": day.notna() & ~day.between(40, 180),
        "consolidation before relapse": (day >= relapse).fillna(False),
        "CRS grades are 0 to 4": ~crs.between(0, 4),
        "CRS has an onset exactly when graded": (crs > 0) != patients["crs_onset_day"].notna(),
        "ICANS grades are 0 to 4": ~icans.between(0, 4),
        "ICANS has an onset exactly when graded": (icans > 0) != patients["icans_onset_day"].notna(),
    }


def _events(events: pd.DataFrame, last: pd.Series) -> dict[str, pd.Series]:
    onset, resolution, limit = events["onset_day"], events["resolution_day"], events["patient_id"].map(last)
    return {
        "adverse events within follow-up": ~onset.between(0, limit) | (resolution > limit).fillna(False),
        "adverse events end after they begin": (resolution < onset).fillna(False),
        "adverse events are graded 1 to 4 (no fatal event)": ~events["grade"].between(1, 4),
        "CRS and ICANS are not repeated as adverse events": events["term"].str.lower().isin(GRADED_BY_ASTCT),
        "one worst grade per patient and term": events.duplicated(["patient_id", "term"]),
    }


def _counts(counts: pd.DataFrame, last: pd.Series) -> dict[str, pd.Series]:
    possible = counts["anc_e9_per_l"].between(0, 30) & counts["platelets_e9_per_l"].between(1, 800)
    return {
        "blood counts within follow-up": ~counts["day"].between(0, counts["patient_id"].map(last)),
        "one blood count a day": counts.duplicated(["patient_id", "day"]),
        "blood counts are possible": ~(possible & counts["haemoglobin_g_per_l"].between(40, 190)),
    }


def _other_recovery(patients: pd.DataFrame, counts: pd.DataFrame) -> pd.Series:
    """Whether each patient's remission is another one than by the sample nearest the response (the earlier of two)."""
    wrong = []
    for patient in patients.to_dict("records"):
        own = counts[counts["patient_id"] == patient["patient_id"]].sort_values("day", kind="stable")
        away = [abs(day - patient["response_day"]) for day in own["day"]]
        sample = own.iloc[away.index(min(away))] if away else None
        wrong.append(sample is None or patient["response"] != _recovery(sample))
    return pd.Series(wrong, patients.index, dtype=bool) & patients["response"].isin(["cr", "crh", "cri"])


def _recovery(sample: pd.Series) -> str:
    """CR, CRh or CRi by one blood count (Cheson 2003 for CR; CRh as in trials of blinatumomab)."""
    for word, neutrophils, platelets in RECOVERY:
        if sample["anc_e9_per_l"] >= neutrophils and sample["platelets_e9_per_l"] >= platelets:
            return word
    return "cri"
