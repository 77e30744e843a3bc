"""Write a cohort of any size that looks like one of the project's: `python benchmarks/registry.py 1000000 FOLDER`.

Patients of the model cohort are drawn with replacement; their days after the response are stretched at random, their
ages shifted and some of their yes/no characteristics turned round, so that hardly two are alike. Nobody in it is real.
"""

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

PROJECT = Path(__file__).parents[1]
SEED = 1
AGES = ["age_years", "z1", "z2"]
YES_NO = ["prior_transplant", "extramedullary_disease", "high_risk_genetics"]
ZERO_ONE = ["z3", "z8", "z10"]
TURNED = 0.1  # share of the patients in whom a yes/no characteristic is turned round
DAYS = [
    "relapse_day",
    "death_day",
    "last_contact_day",
    "transplant_day",
    "dac_consolidation_day",
    "t1",
    "t2",
    "ta",
    "tc",
    "tp",
]


def registry(model: Path, patients: int, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables of a cohort of `patients` patients made after the cohort folder `model`: file name -> rows."""
    random = np.random.default_rng(seed)
    source = pd.read_csv(model / "patients.csv", comment="#", dtype=str)
    drawn = random.integers(len(source), size=patients)
    table = source.iloc[drawn].reset_index(drop=True)
    _stretch(table, random.uniform(1.0, 2.0, patients))
    for name in filter(table.__contains__, AGES):  # in this order, on which the random numbers depend
        shifted = pd.to_numeric(table[name]) + random.integers(-3, 4, patients)
        table[name] = shifted.clip(lower=1)
    for name, turn in [(n, {"yes": "no", "no": "yes"}) for n in YES_NO] + [(n, {"0": "1", "1": "0"}) for n in ZERO_ONE]:
        if name in table:
            table[name] = table[name].where(random.random(patients) > TURNED, table[name].map(turn))
    tables = {"patients.csv": table}
    if "patient_id" in table:
        table["patient_id"] = [f"REG-{number:07d}" for number in range(patients)]
        tables |= _long_tables(model, source["patient_id"], drawn, table["patient_id"])
    return tables


def _stretch(table: pd.DataFrame, factor: np.ndarray) -> None:
    """Stretch the days after each patient's response; their order stays."""
    begin = pd.to_numeric(table["response_day"]).fillna(0) if "response_day" in table else 0
    for name in filter(table.__contains__, DAYS):
        day = pd.to_numeric(table[name])
        later = begin + ((day - begin) * factor).round()
        table[name] = day.where(day <= begin, later).astype("Int64")


def _long_tables(model: Path, before: pd.Series, drawn: np.ndarray, names: pd.Series) -> dict[str, pd.DataFrame]:
    """Adverse events and blood counts of the patients drawn."""
    who = pd.DataFrame({"patient_id": before.to_numpy()[drawn], "name": names.to_numpy()})
    tables = {}
    for file in ("adverse_events.csv", "blood_counts.csv"):
        rows = who.merge(pd.read_csv(model / file, comment="#"), on="patient_id")
        tables[file] = rows.assign(patient_id=rows["name"]).drop(columns="name")
    return tables


def write(model: Path, tables: Mapping[str, pd.DataFrame], out: Path, *, real: bool = False) -> None:
    """Write a cohort's tables and definition. `real` takes the mark "synthetic" away, so that all analyses run."""
    out.mkdir(parents=True)
    for name, rows in tables.items():
        rows.to_csv(out / name, index=False)
    study = (model / "study.toml").read_text(encoding="utf-8")
    (out / "study.toml").write_text(study.replace("synthetic = true", "synthetic = false") if real else study)
    if (model / "README.md").exists():
        shutil.copy(model / "README.md", out)


def main() -> None:
    """Write the cohort that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patients", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--like", type=Path, default=PROJECT / "data" / "second_cart")
    parser.add_argument("--real", action="store_true", help="without the mark 'synthetic', so that all analyses run")
    parser.add_argument("--patients-only", action="store_true", help="without adverse events and blood counts")
    options = parser.parse_args()
    tables = registry(options.like, options.patients)
    kept = {"patients.csv": tables["patients.csv"]} if options.patients_only else tables
    write(options.like, kept, options.out, real=options.real)


if __name__ == "__main__":
    main()
