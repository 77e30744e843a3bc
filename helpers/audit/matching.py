"""Which of our estimates belongs to a published figure, found by the columns of both; and why none does.

A cell of a published figure that is empty asks for the plain row: the one about a whole group (no variable, no level,
nothing compared, no time). Where the estimates have no such row, a single kind of row is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from helpers.cohort.dictionary import dictionary
from helpers.faults import list_words
from helpers.stats.estimates import LIMITS
from helpers.study import Study

SAME_MONTHS = 1e-9
SPECIFICATION = "specification"
# The study's comparison is a term of models too, under the name of the column that holds the groups.
GROUPS = ("", "contrast", "arm")
MOST_NAMED = 8


def matching(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> pd.DataFrame:
    """The estimates that agree with a published figure in every column that it gives.

    `instead` replaces cells of the figure (`measure="odds_ratio"`). Rows without an estimate or P, and rows of a
    specification curve, are left out. The group is of no matter where something is compared.
    """
    rows = estimates[estimates["analysis"] == ""]
    for _, chosen in _steps(figure.to_dict() | instead, rows, study):
        rows = chosen
    return rows[_known(rows)]


def of_curve(figure: pd.Series, estimates: pd.DataFrame) -> pd.DataFrame:
    """The analyses of a specification curve that are of a published effect, those with an estimate and P."""
    rows = estimates[(estimates["analysis"] == SPECIFICATION) & estimates["estimate"].notna() & estimates["p"].notna()]
    for name in ("endpoint", "measure", "comparison"):
        rows = rows[rows[name] == figure[name]]
    return rows if figure["comparison"] == "contrast" else rows[rows["variable"] == figure["variable"]]


def why_not(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> str:
    """Why no estimate was found: the first column of the figure that none of the rows left has, or what they lack."""
    wanted, rows = figure.to_dict() | instead, estimates[estimates["analysis"] == ""]
    unknown = _undeclared(wanted["variable"], estimates, study)
    if unknown:
        return unknown
    met = []
    for name, chosen in _steps(wanted, rows, study):
        if chosen.empty:
            return _lacking(name, wanted, rows, met)
        if wanted[name]:
            met.append(f"{name} {wanted[name]}")
        rows = chosen
    reasons = [note for note in dict.fromkeys(rows["note"]) if note]
    return f"The estimate has no number: {'; '.join(reasons) or 'not estimable'}."


def several(figure: pd.Series, rows: pd.DataFrame) -> str:
    """What tells rows apart that all fit a figure asking for one number; "" when they are of one thing."""
    for name in ("population", "variable", "level", "comparison", "time_months", "group"):
        values = list(dict.fromkeys(rows[name].dropna().astype(str)))
        if name == "group" and figure["comparison"]:
            continue
        if len(values) > 1:
            return f"Several estimates fit: give the {name} of the published figure; there are {_named(values)}."
    return ""


def group_labels(group: str, study: Study) -> list[str]:
    """How the estimates name a published group."""
    if group == "contrast":
        return [study.contrast.label, study.comparison] if study.contrast else []
    return [arm.label for arm in study.arms if arm.key == group] or [group]


def _steps(wanted: dict, rows: pd.DataFrame, study: Study) -> Iterator[tuple[str, pd.DataFrame]]:
    """The columns of a figure in turn, each with the rows left that have it."""
    for name in ("endpoint", "population", "measure"):
        if wanted[name]:
            rows = rows[rows[name] == wanted[name]]
        yield name, rows
    rows = _compared(wanted, rows)
    yield "comparison", rows
    rows = _of_variable(wanted, rows, study)
    yield "variable", rows
    rows = rows[rows["level"] == wanted["level"]] if wanted["level"] else _plain(rows, "level")
    yield "level", rows
    if wanted["time_months"]:
        rows = rows[(rows["time_months"] - float(wanted["time_months"])).abs() < SAME_MONTHS]
    elif rows["time_months"].isna().any():
        rows = rows[rows["time_months"].isna()]
    yield "time_months", rows
    if not wanted["comparison"]:
        rows = rows[rows["group"].isin(group_labels(wanted["group"], study))]
    yield "group", rows


def _compared(wanted: dict, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the figure's comparison; without one, those that compare nothing, if there are any."""
    return rows[rows["comparison"] == wanted["comparison"]] if wanted["comparison"] else _plain(rows, "comparison")


def _of_variable(wanted: dict, rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The rows about the figure's variable, an exposure also by one of its days; without one, about a whole group."""
    if wanted["variable"]:
        return rows[(rows["variable"] == wanted["variable"]) | _is_kind(wanted["variable"], rows, study)]
    if wanted["comparison"] in ("contrast", "arms"):
        return rows[rows["variable"].isin(GROUPS)]
    return _plain(rows, "variable")


def _is_kind(variable: str, rows: pd.DataFrame, study: Study) -> pd.Series:
    """Whether rows are about one kind of an exposure, which is its level."""
    keys = [item.key for item in study.exposures if variable in item.columns]
    return rows["variable"].isin(keys) & (rows["level"] == variable)


def _plain(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows without an entry in a column; all where every row has one."""
    plain = rows[rows[column] == ""]
    return plain if len(plain) else rows


def _known(rows: pd.DataFrame) -> pd.Series:
    """Which rows hold a number."""
    return rows[[*LIMITS, "p"]].notna().any(axis=1)


def _undeclared(variable: str, estimates: pd.DataFrame, study: Study) -> str:
    """Say that a figure is about something that neither the study nor the estimates know."""
    declared = {covariate.column for covariate in study.covariates}
    for exposure in study.exposures:
        declared |= {exposure.key, *exposure.columns}
    known = declared | {column.name for column in dictionary()} | set(estimates["variable"])
    if variable in known | {""}:
        return ""
    return f"{variable} is no covariate or exposure of study.toml, and no estimate is about it."


def _lacking(name: str, wanted: dict, rows: pd.DataFrame, met: list[str]) -> str:
    """Say which entry of a figure no estimate has, and which entries those have that agree so far."""
    column = rows[name].map("{:g}".format) if name == "time_months" else rows[name]
    there = [value for value in dict.fromkeys(column) if value not in ("", "nan")]
    place = f" for {', '.join(met)}" if met else ""
    others = f"; there are {_named(there)}" if there else ""
    return f"The estimates have no {name} {wanted[name] or 'that is plain'}{place}{others}."


def _named(values: list[str]) -> str:
    """Entries of a column in quotes, the first few of many."""
    more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return list_words(values[:MOST_NAMED]) + more
