"""Invented patients under the columns that each example expects."""

import numpy as np
import pandas as pd

from helpers.cohort.examples import example_header

RESPONSES = {
    "myeloma": (["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE"], [0.2, 0.15, 0.25, 0.15, 0.05, 0.1, 0.05, 0.05]),
    "lymphoma": (["CR", "PR", "SD", "PD", "NE"], [0.45, 0.2, 0.1, 0.2, 0.05]),
}


def example_table(name: str, count: int = 60) -> pd.DataFrame:
    """A table of patients for an example, all its columns in their order; the same every time."""
    rng = np.random.default_rng(len(name))
    unit = 30.4375 if name == "lymphoma" else 1.0  # days, else months
    end = rng.uniform(2, 36, count).round(1)
    back, died = rng.random(count) < 0.45, rng.random(count) < 0.4
    until = np.where(back, (1.5 + (end - 1.5) * rng.uniform(0.1, 0.9, count)).round(1), end)
    columns: dict[str, object] = {"patient_id": [f"P{number}" for number in range(count)]}
    columns |= {"age_years": rng.integers(25, 78, count), "sex": rng.choice(["f", "m"], count)}
    columns |= {key: rng.integers(1, 3, count) for key in ("donor", "product")}
    columns |= {key: rng.integers(1, 4, count) for key in ("disease", "riss_stage")}
    columns |= {key: rng.integers(1, 6, count) for key in ("prior_lines",)}
    factors = ("later_remission", "reduced_intensity", "extramedullary_disease", "high_risk_genetics", "bridging")
    columns |= {key: rng.integers(0, 2, count) for key in (*factors, "raised_ldh", "ipi_high", "tocilizumab")}
    columns["corticosteroids"] = columns["tocilizumab"]
    ends = [round(value * unit, 1) for value in end]
    columns |= dict.fromkeys(("follow_up", "os_months", "os_days"), ends)
    columns |= {key: died.astype(int) for key in ("dead", "os_event")}
    columns["cause_of_death"] = np.where(died, np.where(back, "leukaemia", "infection"), "")
    columns |= {
        key: [round(value * unit, 1) for value in until] for key in ("time_to_relapse", "pfs_months", "pfs_days")
    }
    columns["pfs_event"] = (back | died).astype(int)
    columns["relapse"] = np.where(rng.random(count) < 0.05, 99, back.astype(int))
    for event in ("acute_gvhd", "chronic_gvhd"):
        had = rng.random(count) < 0.4
        columns |= {event: had.astype(int), f"time_to_{event}": np.where(had, (end * 0.3).round(1), end)}
    crs, icans = rng.integers(0, 4, count), rng.integers(0, 3, count)
    columns |= {"crs_grade": crs, "crs_onset_day": np.where(crs, "2", ""), "crs_duration_days": np.where(crs, "5", "")}
    columns |= {"icans_grade": icans, "icans_onset_day": np.where(icans, "5", "")}
    columns["icans_duration_days"] = np.where(icans, "4", "")
    words, shares = RESPONSES.get(name, ([""], [1.0]))
    response = rng.choice(words, count, p=shares)
    columns |= {"best_response": response, "time_to_response": 28, "response_day": 28}
    columns["mrd"] = np.where(np.isin(response, ["sCR", "CR"]), rng.choice(["negative", "positive"], count), "")
    return pd.DataFrame(columns)[example_header(name)]
