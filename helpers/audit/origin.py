"""Where the numbers of a synthetic cohort come from: printed, imposed by the generator, implied, or invented."""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

import helpers.study.keys as keys
from helpers.audit import published
from helpers.audit.matching import GROUPS, SAME_MONTHS, group_labels
from helpers.study import Study

FILE = keys.ORIGIN
NONE = "none"  # in origin.csv: the estimate's cell is empty; an empty cell there stands for any entry
TEXTS = ("population", "variable", "level", "comparison", "measure", "method", "analysis")
NUMBERS = ("time_months", "model_terms")
# Figures that were printed as numbers; the others are claims about them.
PRINTED = ("value", "follow_up", "period", "events")

Row = Mapping[str, object]


def with_origins(rows: pd.DataFrame, study: Study, subgroup: str = "") -> pd.DataFrame:
    """The estimates with their column `origin` filled, for a synthetic cohort that says where its numbers come from.

    What published.csv prints, digit by digit, is published; else the last line of origin.csv in the cohort folder that
    fits a row says whether it is imposed or implied; all else is invented, and so is everything about a subgroup.
    Without the file, and for real patients, nothing changes.
    """
    path = study.folder / FILE
    if not study.synthetic or not path.is_file() or rows.empty:
        return rows
    if subgroup:
        return rows.assign(origin="invented")
    origins, present = np.full(len(rows), "invented", dtype=object), {"", *rows["endpoint"]}
    for line in _read(path, path.stat().st_mtime_ns):
        if line["endpoint"] in present:
            origins[_fits(line, rows, study)] = line["origin"]
    for figure in _figures(study):
        if figure["endpoint"] in present:
            origins[_prints(figure, rows, study)] = "published"
    return rows.assign(origin=origins)


@lru_cache(maxsize=8)
def _read(path: Path, _: float) -> tuple[dict, ...]:
    """The lines of a file, read again when it was changed."""
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _figures(study: Study) -> list[dict]:
    """The published figures that are numbers; none where the file has faults, which are said elsewhere."""
    figures, faults = published.read_figures(study.folder / published.FILE)
    return [] if faults else figures[figures["rule"].isin(PRINTED)].to_dict("records")


def _fits(line: Row, rows: pd.DataFrame, study: Study) -> np.ndarray:
    """Which estimates a line of origin.csv is about; without an analysis it is about the report's own."""
    fits = np.ones(len(rows), dtype=bool) if line["analysis"] else _is(rows, "analysis", [""])
    if line["endpoint"]:
        fits &= _is(rows, "endpoint", [line["endpoint"]])
    for name in TEXTS:
        if line[name]:
            fits &= _is(rows, name, ["", NONE] if line[name] == NONE else [line[name]])
    for name in NUMBERS:
        fits &= _same(line[name], rows[name].to_numpy())
    return fits & _of_group(line["group"], rows, study)


def _prints(figure: Row, rows: pd.DataFrame, study: Study) -> np.ndarray:
    """Which estimates a published figure is about and prints: with the same digits and counts."""
    wanted = {"analysis": "", "endpoint": figure["endpoint"], "comparison": figure["comparison"]}
    wanted["measure"] = "proportion" if figure["rule"] == "events" else figure["measure"]
    prints = _same(figure["time_months"], rows["time_months"].to_numpy())
    for name, word in wanted.items():
        prints &= _is(rows, name, [word])
    if figure["population"]:
        prints &= _is(rows, "population", [figure["population"]])
    if not figure["comparison"]:
        prints &= _of_group(figure["group"], rows, study)
    if figure["variable"]:
        prints &= _is(rows, "variable", [figure["variable"]]) | _is(rows, "level", [figure["variable"]])
    else:
        prints &= _is(rows, "variable", list(GROUPS))
    for place in np.flatnonzero(prints):
        prints[place] = _same_digits(figure, rows.iloc[place])
    return prints


def _is(rows: pd.DataFrame, name: str, words: list) -> np.ndarray:
    """Which rows have one of several entries in a column."""
    return np.isin(rows[name].to_numpy(), words)


def _same_digits(figure: Row, row: pd.Series) -> bool:
    """Whether an estimate has the printed digits, and the printed counts where these were given."""
    if figure["rule"] == "period":
        return bool(row["level"] == figure["value"])
    if figure["rule"] == "events" and not figure["n"]:
        return False  # a count without its denominator is no proportion
    counts = all(not figure[name] or row[name] == float(str(figure[name])) for name in ("events", "n"))
    return counts and (
        figure["rule"] == "events" or published.printed(float(str(row["estimate"])), figure) == figure["value"]
    )


def _of_group(group: object, rows: pd.DataFrame, study: Study) -> np.ndarray:
    """Which estimates are of a group, given by its key; an empty one stands for any.

    A side of the comparison that holds one arm is that arm.
    """
    if not group:
        return np.ones(len(rows), dtype=bool)
    side, sides = study.contrast, {}
    if side:
        sides = {side.treated: side.treated_label, side.control: side.control_label}
    return _is(rows, "group", [*group_labels(str(group), study), sides.get((str(group),), group)])


def _same(wanted: object, numbers: np.ndarray) -> np.ndarray:
    """Which numbers are the wanted one; any are where none is wanted."""
    if wanted == NONE:
        return np.isnan(numbers)
    if not wanted:
        return np.ones(len(numbers), dtype=bool)
    return np.abs(numbers - float(str(wanted))) < SAME_MONTHS
