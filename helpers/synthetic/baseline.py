"""The fill-in: every other column of a patient, drawn at random but coherent with the outcome and the grades.

The publication constrains only severe CRS (2 single CD19, 2 tandem, 1 sequential) and the accrual window.
"""

import numpy as np
import pandas as pd

ACCRUAL = (pd.Timestamp("2018-08-01"), pd.Timestamp("2022-10-31"))
# Not published. A meeting abstract with a last infusion in October 2022 and 33.5 months of follow-up closes
# its data in the middle of 2023; nobody is followed beyond this day.
CUTOFF = pd.Timestamp("2023-06-30")
MOST_REDRAWS = 200
MARROW_RELAPSE_PCT = 5.0  # fewer blasts, and no leukaemia elsewhere, would be remission before the infusion
LAST_MONTH_FOLLOW_UP = 230
SEVERE_CRS = {"single": 2, "tandem": 2, "sequential": 1}
CD22_AMONG_SINGLE = (5, 7)
CRS_MILD_SHARES = (0.22, 0.48, 0.30)  # grades 0, 1 and 2 of the patients without severe CRS
ICANS_BY_CRS = ((0.97, 0.03), (0.93, 0.07), (0.80, 0.14, 0.06), (0.50, 0.25, 0.17, 0.08))
TOCILIZUMAB_BY_CRS = (0.0, 0.10, 0.60, 1.0, 1.0)
STEROIDS_BY_CRS = (0.0, 0.05, 0.35, 0.90, 1.0)


def fill_patients(rng: np.random.Generator, patients: pd.DataFrame) -> pd.DataFrame:
    """The patients with demographics, disease, treatment, response details, toxicity and dates added."""
    patients = patients.copy()
    for add in (_demographics, _targets, _disease, _response, _crs, _icans, _dates):
        add(rng, patients)
    _tell_apart(rng.spawn(1)[0], patients)
    return patients


def _pick(rng: np.random.Generator, probability: np.ndarray) -> np.ndarray:
    """True with the given probability, one draw each."""
    return rng.random(len(probability)) < probability


def _demographics(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Age (adolescents and adults; transplanted patients younger) and sex."""
    age = np.where(patients["transplant_day"] > 0, 27.0, 33.0) + 13.0 * rng.standard_normal(len(patients))
    patients["age_years"] = np.clip(np.round(age), 14, 66).astype(int)
    patients["sex"] = _sex(rng, len(patients))


def _sex(rng: np.random.Generator, size: int) -> np.ndarray:
    return np.where(_pick(rng, np.full(size, 0.43)), "female", "male")


def _tell_apart(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Redraw a binary characteristic while its numbers, tandem and others, are those of another one.

    Genetics and lymphodepletion change among non-responders only: no published figure and no row of the ensemble
    reads them there. Two equal rows of a baseline table would look like a mistake.
    """
    refractory, apart = np.flatnonzero(~patients["in_cr"]), ["prior_transplant", "extramedullary_disease"]
    for name in ("high_risk_genetics", "dac_fc", "sex"):
        for _ in range(MOST_REDRAWS):
            if not any(_alike(patients, name, other) for other in apart):
                break
            values = patients[name].to_numpy().copy()
            values[refractory] = rng.permutation(values[refractory])
            patients[name] = _sex(rng, len(patients)) if name == "sex" else values
        apart.append(name)


def _alike(patients: pd.DataFrame, one: str, other: str) -> bool:
    """Whether two binary characteristics have the same numbers in tandem and others, whichever level is counted."""
    tandem = patients["arm"] == "tandem"
    first, second = ({*map(tuple, pd.crosstab(patients[name], tandem).to_numpy())} for name in (one, other))
    return bool(first & second)


def _targets(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Targets of the second and the first infusion: a single-target second one mostly changes the antigen."""
    single = (patients["arm"] == "single").to_numpy()
    cd22 = rng.permutation(np.flatnonzero(single))[: rng.integers(CD22_AMONG_SINGLE[0], CD22_AMONG_SINGLE[1] + 1)]
    patients["car_target"] = np.where(single, "cd19", "cd19_cd22")
    patients.loc[cd22, "car_target"] = "cd22"
    target = patients["car_target"]
    cd19_first = _pick(rng, np.full(len(patients), 0.85)) | (target == "cd22")
    again = (target == "cd19") & _pick(rng, np.full(len(patients), 0.1))
    patients["first_target"] = np.where(cd19_first & ~again, "cd19", "cd22")


def _disease(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Prior lines (2 to 7), interval, marrow blasts (more in non-responders) and cell dose; nobody is in remission."""
    size = len(patients)
    patients["prior_lines"] = 2 + rng.binomial(4, 0.4, size) + patients["prior_transplant"].astype(int)
    months = np.clip(rng.lognormal(np.log(9.5), 0.55, size), 2.5, 44.0)
    patients["months_since_first_infusion"] = np.round(months, 1)
    shape = np.where(patients["in_cr"], 0.9, 1.6)
    blasts = np.clip(98.0 * rng.beta(shape, 1.5, size), 0.1, 97.0)
    few = (blasts < MARROW_RELAPSE_PCT) & ~patients["extramedullary_disease"].to_numpy()
    patients["bm_blasts_pct"] = np.round(blasts + MARROW_RELAPSE_PCT * few, 1)
    patients["cell_dose_e6_per_kg"] = np.round(np.clip(rng.lognormal(np.log(1.8), 0.55, size), 0.3, 8.0), 2)


def _response(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Assessment about day 28 and MRD; the shortest survivor may have gone unassessed.

    Whether a remission is CR, CRh or CRi is read off the blood counts, for which `slow_recovery` is drawn here.
    """
    in_cr, size = patients["in_cr"].to_numpy(), len(patients)
    patients["slow_recovery"] = in_cr & _pick(rng, np.full(size, 0.26))
    word = np.where(in_cr, "cr", "nr").astype(object)
    shortest = patients["end_day"].to_numpy().argmin()
    if not in_cr[shortest] and rng.random() < 0.6:
        word[shortest] = "not_evaluable"
    patients["response"] = word
    day = rng.choice([26, 27, 28, 29, 30], p=[0.05, 0.15, 0.55, 0.15, 0.1], size=size)
    patients["response_day"] = np.where(word == "not_evaluable", 0, day)
    negative = in_cr & _pick(rng, np.where(patients["slow_recovery"], 0.75, 0.92))
    patients["mrd"] = np.where(word == "not_evaluable", "", np.where(negative, "negative", "positive"))


def _crs(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Grade, onset and duration of CRS; the severe ones as published, grades 0 to 2 by marrow burden."""
    size = len(patients)
    draw = rng.random(size) + 0.15 * (patients["bm_blasts_pct"].to_numpy() - 50.0) / 50.0
    grade = np.searchsorted(np.cumsum(CRS_MILD_SHARES[:2]), draw)
    for arm, count in SEVERE_CRS.items():
        eligible = (patients["arm"] == arm) & (patients["car_target"] != "cd22")
        chosen = rng.choice(np.flatnonzero(eligible), count, replace=False)
        grade[chosen] = np.where(rng.random(count) < 0.8, 3, 4)
    patients["crs_grade"] = grade
    onset = np.round(8.0 - 1.6 * grade + 1.5 * rng.standard_normal(size))
    patients["crs_onset_day"] = np.clip(onset, 0, 13).astype(int)
    duration = np.round(2.0 + 1.7 * grade + 1.3 * rng.standard_normal(size))
    patients["crs_duration_days"] = np.clip(duration, 1, 14).astype(int)


def _icans(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Grade and onset of ICANS, which follows CRS and seldom comes without it, and what both are treated with."""
    crs, size = patients["crs_grade"].to_numpy(), len(patients)
    shares = [np.cumsum(ICANS_BY_CRS[grade]) for grade in np.minimum(crs, 3)]
    draws = rng.random(size)
    patients["icans_grade"] = [np.searchsorted(s, draw * s[-1]) for s, draw in zip(shares, draws, strict=True)]
    patients["icans_onset_day"] = rng.integers(1, 4, size) + np.where(crs > 0, patients["crs_onset_day"], 4)
    patients["tocilizumab"] = _pick(rng, np.array(TOCILIZUMAB_BY_CRS)[crs])
    steroids = np.where(patients["icans_grade"] >= 2, 1.0, np.array(STEROIDS_BY_CRS)[crs])
    patients["corticosteroids"] = _pick(rng, steroids)


def _dates(rng: np.random.Generator, patients: pd.DataFrame) -> None:
    """Infusion dates from the first to the last month of accrual, with every last contact before the cutoff.

    Patients still followed at the end entered shortly before cutoff minus follow-up; the others at any time.
    """
    span = (ACCRUAL[1] - ACCRUAL[0]).days
    end, alive = patients["end_day"].to_numpy(), ~patients["died"].to_numpy()
    latest = np.minimum(span, (CUTOFF - ACCRUAL[0]).days - end)
    entry = np.floor(rng.random(len(patients)) * (latest + 1)).astype(int)
    gap = np.floor(rng.exponential(45.0, len(patients))).astype(int)
    entry[alive] = np.maximum(latest - gap, 0)[alive]
    last = rng.choice(np.flatnonzero(~alive & (end <= LAST_MONTH_FOLLOW_UP)))
    first = rng.choice(np.setdiff1d(np.flatnonzero(~alive), last))
    entry[first], entry[last] = rng.integers(0, 31), span - rng.integers(0, 31)
    patients["entry"] = entry
    patients["infusion_date"] = (ACCRUAL[0] + pd.to_timedelta(entry, unit="D")).strftime("%Y-%m-%d")
