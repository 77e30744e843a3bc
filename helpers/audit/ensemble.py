"""Every cohort that matches the published figures: one value per unpublished quantity and compatible cohort."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

import helpers.study.keys as keys
from helpers.cohort.load import Cohort
from helpers.faults import Fault
from helpers.frames import About, Frame
from helpers.stats.levels import ALPHA
from helpers.stats.survival import median_survival, survival_at
from helpers.stats.ties import below
from helpers.study import Study

FILE, COLUMNS_FILE = keys.ENSEMBLE, keys.ENSEMBLE_COLUMNS
DESCRIBED = [
    "key", "label", "endpoint", "endpoint_label", "population", "variable", "variable_label", "way", "measure",
]  # fmt: skip
BOUNDS = ["bound_low", "bound_high"]
COLUMNS = [*DESCRIBED, "imposed", *BOUNDS, "shown_first", "seed", "value", "p", "significant", "shown"]
MEANINGS = [*DESCRIBED, "part", "time_months", "imposed", *BOUNDS, "shown_first"]
NEEDED = {FILE: ["seed"], COLUMNS_FILE: MEANINGS}  # columns of the files
TEST = "p_value"
TIMES = {"survival": survival_at, "median": median_survival}  # from which a cohort is recognised
Stamp: TypeAlias = tuple[tuple[Path, int], ...]
SAME = 1e-5  # the stored values have six significant digits


def stamp(study: Study) -> Stamp:
    """The summary and the meaning of its columns in the cohort folder, with when they were changed; 0 without one."""
    paths = study.folder / FILE, study.folder / COLUMNS_FILE
    return tuple((path, path.stat().st_mtime_ns if path.is_file() else 0) for path in paths)


def read_ensemble(study: Study) -> pd.DataFrame:
    """The summary in the study's cohort folder: one row per compatible cohort; no rows without the file."""
    return _read(*stamp(study)[0])


def read_quantities(study: Study) -> pd.DataFrame:
    """What the columns of the summary mean, one row each: ensemble_columns.csv of the cohort folder.

    `imposed` (the generator required P < 0.05, because the publication claims it) and `shown_first` are truth values;
    `bound_low` and `bound_high` are limits that the generator set to the value, empty where it set none.
    """
    return _meanings(_read(*stamp(study)[1]))


def ensemble_faults(folder: Path) -> list[Fault]:
    """What is wrong with the summary and the meaning of its columns in a cohort folder, if they are there."""
    faults = []
    for file, needed in NEEDED.items():
        if not (folder / file).is_file():
            continue
        try:
            header = [*pd.read_csv(folder / file)]
        except (ValueError, OSError):  # the parser's words may quote cells
            faults.append(Fault("cannot be read as a table", file, "Save it as comma-separated text in UTF-8."))
            continue
        remedy = "Add it, or have the file written anew."
        faults += [Fault("column missing", file, remedy, column=name) for name in needed if name not in header]
    return faults


def _read(path: Path, changed: int) -> pd.DataFrame:
    """The table of a file; no rows without it."""
    return pd.read_csv(path) if changed else pd.DataFrame()


def _meanings(table: pd.DataFrame) -> pd.DataFrame:
    """The meaning of the columns, typed."""
    if table.empty:
        return pd.DataFrame(columns=MEANINGS)
    table = table.fillna(dict.fromkeys([*DESCRIBED, "imposed", "shown_first"], ""))
    return table.assign(imposed=table["imposed"] == "yes", shown_first=table["shown_first"] == "yes")


def ensemble_values(cohort: Cohort) -> Frame:
    """One row per unpublished quantity and compatible cohort: what that cohort would have shown.

    `key`, `label`, `endpoint`, `population`, `variable`, `measure` say which quantity, `way` how it is counted or
    tested, `seed` which cohort. `value` is its estimate (of a test alone its P; NaN where there is none), `p` its P,
    `significant` whether that is below 0.05. `shown` marks the cohort of these reports, recognised by its survival.
    `imposed`, `bound_low`, `bound_high`: what the generator was made to satisfy; `shown_first`: the quantities for a
    figure that holds a few. No rows without an ensemble, or for a part of a cohort.
    """
    if cohort.subgroup:
        return values_of(cohort.study).iloc[:0]
    values = values_of(cohort.study)
    return values.assign(shown=values["seed"] == _seed(cohort)) if len(values) else values


def values_of(study: Study) -> Frame:
    """The same for a study: `shown` marks none, and of endpoints that are switched off there are no rows."""
    values = values_in(stamp(study))
    return values[~values["endpoint"].isin([endpoint.key for endpoint in study.switched_off])]


def values_in(files: Stamp) -> Frame:
    """The same from the files of a study."""
    summary, quantities = _read(*files[0]), _meanings(_read(*files[1]))
    named = quantities["key"] + np.where(quantities["measure"] == TEST, "_p", "")
    there = named.isin(summary.columns)
    values = Frame(_values(quantities.assign(column=named)[there], summary) if there.any() else None, columns=COLUMNS)
    values.about = About(label=f"{values['key'].nunique()} unpublished quantities over compatible cohorts")
    return values


def _values(quantities: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """The values of quantities that the summary holds, those of one after those of another."""
    value, p = (
        summary.reindex(columns=names).to_numpy(float).T.ravel()
        for names in (quantities["column"], quantities["key"] + "_p")
    )
    rows = quantities.loc[np.repeat(quantities.index, len(summary))].reset_index(drop=True)
    seed = np.tile(summary["seed"], len(quantities))
    return rows.assign(seed=seed, value=value, p=p, significant=below(p, ALPHA), shown=False)


def _seed(cohort: Cohort) -> float:
    """The seed of the compatible cohort with the survival of this one; NaN when there is none."""
    summary, alike = read_ensemble(cohort.study), []
    for quantity in read_quantities(cohort.study).to_dict("records"):
        own = cohort.endpoint(quantity["endpoint"]) if quantity["measure"] in TIMES else pd.DataFrame()
        if own.shape[1] and quantity["key"] in summary:
            alike.append(np.isclose(summary[quantity["key"]], _own(quantity, own), rtol=SAME, equal_nan=True))
    seeds = summary["seed"][np.all(alike, axis=0)] if alike else summary["seed"][:0]
    return float(seeds.iloc[0]) if len(seeds) else np.nan


def _own(quantity: dict, data: pd.DataFrame) -> float:
    """The value of a survival or a median in the data of this cohort."""
    rows = median_survival(data) if quantity["measure"] == "median" else survival_at(data, [quantity["time_months"]])
    return float(rows[quantity["part"]].iloc[0])
