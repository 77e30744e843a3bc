"""Which of our estimates belongs to a published figure, found by the columns of both; and why none does.

An empty cell of a published figure asks for the plain row: the one about a whole group (no variable, no level, nothing
compared, no time). Where the estimates have no such row, a single kind of row is taken as it is.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from helpers.audit.verdict import NotRecomputed
from helpers.cohort.dictionary import dictionary
from helpers.faults import list_words
from helpers.stats.estimates import LIMITS
from helpers.study import Study

SAME_MONTHS = 1e-9
# The study's comparison is a term of models too, under the name of the column that holds the groups.
GROUPS = ("", "contrast", "arm")
COMPARED = (
    "analysis", "endpoint", "population", "measure", "comparison", "variable", "level", "time_months", "group",
)  # fmt: skip
MOST_NAMED = 8


def matching(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> pd.DataFrame:
    """The estimates that agree with a published figure in every column that it gives.

    `instead` replaces cells of the figure (`measure="odds_ratio"`). Rows without an estimate or P, and rows of a
    specification curve, are left out. The group is of no matter where something is compared.
    """
    *_, (_, places) = _steps(figure.to_dict() | instead, estimates, study)
    known = [estimates[name].notna().to_numpy()[places] for name in (*LIMITS, "p")]
    return estimates.iloc[places[np.any(known, axis=0)]]


def found(figure: pd.Series, estimates: pd.DataFrame, study: Study, method: str = "", **instead: str) -> pd.DataFrame:
    """The estimates of a figure, by one method if it is given; raises NotRecomputed when there are none."""
    rows = matching(figure, estimates, study, **instead)
    rows = rows[rows["method"] == method] if method else rows
    if rows.empty:
        raise NotRecomputed(why_not(figure, estimates, study, **instead))
    return rows


def one(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> pd.Series:
    """The estimate of a figure, by its usual method, else the first; raises NotRecomputed if several things fit."""
    rows = found(figure, estimates, study, figure["default"], **instead)
    doubt = several(figure, rows)
    if doubt:
        raise NotRecomputed(doubt)
    return rows.iloc[0]


def why_not(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> str:
    """Why no estimate was found: the first column of the figure that none of the rows left has, or what they lack."""
    wanted, rows = figure.to_dict() | instead, estimates[estimates["analysis"] == ""]
    if wanted["endpoint"] in [endpoint.key for endpoint in study.switched_off]:
        return f"{study.endpoints[wanted['endpoint']].label} is switched off in study.toml."
    if _is_unknown(wanted["variable"], estimates, study):
        return f"{wanted['variable']} is no covariate or exposure of study.toml, and no estimate is about it."
    met: list[str] = []
    for name, places in _steps(wanted, estimates, study):
        chosen = estimates.iloc[places]
        if chosen.empty:
            column = rows[name].map("{:g}".format) if name == "time_months" else rows[name]
            there = [value for value in column.unique() if value not in ("", "nan")]
            place = f" for {', '.join(met)}" if met else ""
            others = f"; there are {_quoted(there)}" if there else ""
            return f"The estimates have no {name} {wanted[name] or 'that is plain'}{place}{others}."
        if wanted[name]:
            met.append(f"{name} {wanted[name]}")
        rows = chosen
    reasons = [note for note in dict.fromkeys(rows["note"]) if note]
    return f"The estimate has no number: {'; '.join(reasons) or 'not estimable'}."


def several(figure: pd.Series, rows: pd.DataFrame) -> str:
    """What tells rows apart that all fit a figure asking for one number; "" when they are of one thing."""
    group = [] if figure["comparison"] else ["group"]
    for name in ("population", "variable", "level", "comparison", "time_months", *group):
        values = list(dict.fromkeys(str(value) for value in rows[name].tolist() if value == value))
        if len(values) > 1:
            return f"Several estimates fit: give the {name} of the published figure; there are {_quoted(values)}."
    return ""


def group_labels(group: str, study: Study) -> list[str]:
    """How the estimates name a published group; the comparison also by its two sides."""
    if group == "contrast":
        sides = study.contrast
        return [sides.label, sides.treated_label, sides.control_label] if sides else []
    return [arm.label for arm in study.arms if arm.key == group] or [group]


def _steps(wanted: dict, estimates: pd.DataFrame, study: Study) -> Iterator[tuple[str, np.ndarray]]:
    """The columns of a figure in turn, each with the places of the estimates left that have it."""
    columns = {name: estimates[name].to_numpy() for name in COMPARED}
    places = np.flatnonzero(columns["analysis"] == "")
    for name in ("endpoint", "population", "measure"):
        if wanted[name]:
            places = places[columns[name][places] == wanted[name]]
        yield name, places
    for name in ("comparison", "variable", "level"):
        same = _same_variable(wanted, columns, study) if name == "variable" else columns[name] == wanted[name]
        left = places[same[places]]  # of an empty entry those without one, or all if each has one
        needed = wanted[name] or (name == "variable" and _between_groups(wanted))
        places = left if len(left) or needed else places
        yield name, places
    months = columns["time_months"][places]
    if wanted["time_months"]:
        places = places[np.abs(months - float(wanted["time_months"])) < SAME_MONTHS]
    elif np.isnan(months).any():
        places = places[np.isnan(months)]
    yield "time_months", places
    if not wanted["comparison"]:
        places = places[np.isin(columns["group"][places], group_labels(wanted["group"], study))]
    yield "group", places


def _same_variable(wanted: dict, columns: dict[str, np.ndarray], study: Study) -> np.ndarray:
    """Which estimates are about a figure's variable, an exposure also by one of its days; without one, about all."""
    variable = wanted["variable"]
    if variable:
        keys = [exposure.key for exposure in study.exposures if variable in exposure.columns]
        return (columns["variable"] == variable) | np.isin(columns["variable"], keys) & (columns["level"] == variable)
    return np.isin(columns["variable"], GROUPS if _between_groups(wanted) else ("",))


def _between_groups(wanted: dict) -> bool:
    """Whether a figure is the size of a difference between groups."""
    return wanted["comparison"] in ("contrast", "arms") and wanted["measure"] != "p_value"


def _is_unknown(variable: str, estimates: pd.DataFrame, study: Study) -> bool:
    """Whether neither the study nor the estimates know what a figure is about."""
    known = {"", *(column.name for column in dictionary()), *estimates["variable"]}
    known |= {covariate.column for covariate in study.covariates}
    for exposure in study.exposures:
        known |= {exposure.key, *exposure.columns}
    return variable not in known


def _quoted(values: list[str]) -> str:
    """Entries of a column in quotes, the first few of many."""
    more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return list_words(values[:MOST_NAMED]) + more
