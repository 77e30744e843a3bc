"""Where the numbers of a synthetic cohort come from: printed, imposed by the generator, implied, or invented."""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

from helpers.audit import published
from helpers.audit.matching import GROUPS, SAME_MONTHS, group_labels
from helpers.study import Study

FILE = "origin.csv"
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
    lines, figures = _read(path, path.stat().st_mtime_ns), _figures(study)
    origins = []
    for row in rows.to_dict("records"):
        fitting = [line["origin"] for line in lines if _fits(line, row, study)]
        printed = any(_prints(figure, row, study) for figure in figures if figure["endpoint"] == row["endpoint"])
        origins.append("published" if printed else fitting[-1] if fitting else "invented")
    return rows.assign(origin=origins)


@lru_cache(maxsize=8)
def _read(path: Path, _: float) -> tuple[dict, ...]:
    """The lines of a file, read again when it was changed."""
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@lru_cache(maxsize=8)
def _printed_figures(path: Path, _: float) -> tuple[dict, ...]:
    """The published figures that are numbers; none where the file has faults, which are said elsewhere."""
    figures, faults = published.read_figures(path)
    return () if faults else tuple(figures[figures["rule"].isin(PRINTED)].to_dict("records"))


def _figures(study: Study) -> tuple[dict, ...]:
    """The published numbers of a study."""
    path = study.folder / published.FILE
    return _printed_figures(path, path.stat().st_mtime_ns) if path.is_file() else ()


def _fits(line: Row, row: Row, study: Study) -> bool:
    """Whether a line of origin.csv is about an estimate; without an analysis it is about the report's own."""
    if line["endpoint"] not in ("", row["endpoint"]) or (not line["analysis"] and row["analysis"]):
        return False
    texts = all(line[name] in ("", row[name] or NONE) for name in TEXTS)
    return texts and all(_same(line[name], row[name]) for name in NUMBERS) and _of_group(line["group"], row, study)


def _prints(figure: Row, row: Row, study: Study) -> bool:
    """Whether an estimate is the one that a published figure is about, with the same digits and counts."""
    measure = "proportion" if figure["rule"] == "events" else figure["measure"]
    if row["analysis"] or row["measure"] != measure or figure["comparison"] != row["comparison"]:
        return False
    if figure["population"] not in ("", row["population"]) or not _same(figure["time_months"], row["time_months"]):
        return False
    if not figure["comparison"] and not _of_group(figure["group"], row, study):
        return False
    about = (
        row["variable"] in GROUPS if not figure["variable"] else figure["variable"] in (row["variable"], row["level"])
    )
    return about and _same_digits(figure, row)


def _same_digits(figure: Row, row: Row) -> bool:
    """Whether an estimate has the printed digits, and the printed counts where these were given."""
    if figure["rule"] == "period":
        return bool(row["level"] == figure["value"])
    if figure["rule"] == "events" and not figure["n"]:
        return False  # a count without its denominator is no proportion
    counts = all(not figure[name] or row[name] == float(str(figure[name])) for name in ("events", "n"))
    return counts and (
        figure["rule"] == "events" or published.printed(float(str(row["estimate"])), figure) == figure["value"]
    )


def _of_group(group: object, row: Row, study: Study) -> bool:
    """Whether an estimate is of a group, given by its key; an empty one stands for any.

    A side of the comparison that holds one arm is that arm.
    """
    sides = {}
    if study.contrast:
        sides = {
            study.contrast.treated: study.contrast.treated_label,
            study.contrast.control: study.contrast.control_label,
        }
    return not group or row["group"] in [*group_labels(str(group), study), sides.get((str(group),), group)]


def _same(wanted: object, number: object) -> bool:
    """Whether a number is the wanted one; any is where none is wanted."""
    if not wanted or wanted == NONE:
        return not wanted or number != number
    return isinstance(number, float) and abs(number - float(str(wanted))) < SAME_MONTHS
