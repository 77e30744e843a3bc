"""Where the numbers of a synthetic cohort come from: printed, imposed by the generator, implied, or invented."""

import csv
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import helpers.study.keys as keys
from helpers.audit import published
from helpers.audit.matching import GROUPS, SAME_MONTHS, group_labels
from helpers.frames import as_lists
from helpers.study import Study

FILE = keys.ORIGIN
NONE = "none"  # in origin.csv: the estimate's cell is empty; an empty cell there stands for any entry
TEXTS = ("endpoint", "measure", "population", "variable", "level", "comparison", "method", "analysis")
NUMBERS = ("time_months", "model_terms")
# Figures that were printed as numbers; the others are claims about them.
PRINTED = ("value", "follow_up", "period", "events")
ASKED = (*TEXTS, *NUMBERS, "group", "estimate", "events", "n")  # columns of an estimate

Row = Mapping[str, Any]


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
    present = {"", *rows["endpoint"]}
    lines = [_line(row, study) for row in reversed(_read(path, path.stat().st_mtime_ns)) if row["endpoint"] in present]
    figures = [_figure(row, study) for row in _figures(study) if row["endpoint"] in present]
    columns = as_lists(rows)
    asked = zip(*(columns[name] for name in ASKED), strict=True)
    records = [dict(zip(ASKED, values, strict=True)) for values in asked]
    return rows.assign(origin=np.array([_origin(row, lines, figures) for row in records], dtype=object))


class Wanted(NamedTuple):
    """What an estimate must be for a line of a file to be about it: words and numbers by column."""

    line: Row
    words: Mapping[str, Collection[str]]
    numbers: Mapping[str, str]

    def fits(self, row: Row) -> bool:
        """Whether an estimate is so."""
        return all(row[name] in words for name, words in self.words.items()) and all(
            _same(wanted, row[name]) for name, wanted in self.numbers.items()
        )


def _origin(row: Row, lines: Sequence[Wanted], figures: Sequence[Wanted]) -> str:
    """Where one estimate comes from."""
    if any(figure.fits(row) and _prints(figure.line, row) for figure in figures):
        return "published"
    return next((line.line["origin"] for line in lines if line.fits(row)), "invented")


@lru_cache(maxsize=8)
def _read(path: Path, _: float) -> tuple[dict, ...]:
    """The lines of a file, read again when it was changed."""
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _figures(study: Study) -> Sequence[dict]:
    """The published figures that are numbers; none where the file has faults, which are said elsewhere."""
    path = study.folder / published.FILE
    return _numbers(path, path.stat().st_mtime_ns) if path.is_file() else ()


@lru_cache(maxsize=8)
def _numbers(path: Path, _: float) -> Sequence[dict]:
    """The same, read again when the file was changed."""
    figures, faults = published.read_figures(path)
    return () if faults else figures[figures["rule"].isin(PRINTED)].to_dict("records")


def _line(line: dict, study: Study) -> Wanted:
    """What a line of origin.csv is about; without an analysis it is about the report's own."""
    words = {name: ["", NONE] if line[name] == NONE else [line[name]] for name in TEXTS if line[name]}
    words |= {} if line["analysis"] else {"analysis": [""]}
    words |= _of_group(line["group"], study)
    return Wanted(line, words, {name: line[name] for name in NUMBERS if line[name]})


def _figure(figure: dict, study: Study) -> Wanted:
    """What a published figure is about; the group is of no matter where something is compared."""
    measure = "proportion" if figure["rule"] == "events" else figure["measure"]
    words = {"measure": [measure], "analysis": [""], "endpoint": [figure["endpoint"]]}
    words |= {"comparison": [figure["comparison"]]}
    words |= {"population": [figure["population"]]} if figure["population"] else {}
    words |= {} if figure["comparison"] else _of_group(figure["group"], study)
    return Wanted(figure, words, {"time_months": figure["time_months"]} if figure["time_months"] else {})


def _of_group(group: str, study: Study) -> dict[str, list[str]]:
    """The names of a group, given by its key; an empty one stands for any.

    A side of the comparison that holds one arm is that arm.
    """
    if not group:
        return {}
    side, sides = study.contrast, {}
    if side:
        sides = {side.treated: side.treated_label, side.control: side.control_label}
    return {"group": [*group_labels(group, study), sides.get((group,), group)]}


def _same(wanted: str, number: Any) -> bool:
    """Whether a number is the wanted one."""
    return number != number if wanted == NONE else abs(number - float(wanted)) < SAME_MONTHS


def _prints(figure: Row, row: Row) -> bool:
    """Whether an estimate is of the figure's variable and has its digits, and the counts where these were given."""
    about = (row["variable"], row["level"]) if figure["variable"] else GROUPS
    if (figure["variable"] or row["variable"]) not in about:
        return False
    if figure["rule"] == "period":
        return row["level"] == figure["value"]
    if figure["rule"] == "events" and not figure["n"]:
        return False  # a count without its denominator is no proportion
    counts = all(not figure[name] or row[name] == float(figure[name]) for name in ("events", "n"))
    return counts and (figure["rule"] == "events" or published.printed(row["estimate"], figure) == figure["value"])
