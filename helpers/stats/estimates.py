"""The one tidy table that every statistic is returned in, and the vocabulary of its measures."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from hashlib import blake2s
from typing import Any

import numpy as np
import pandas as pd

from helpers.frames import ROWS_SHOWN, Frame, as_lists, filled_columns
from helpers.frames import about as about_of
from helpers.study import PROJECT_ROOT

VOCABULARY = PROJECT_ROOT / "data" / "vocabulary.csv"


def vocabulary(kind: str) -> dict[str, str]:
    """The words of a kind (column, status, comparison, origin, measure, method, ...) with their meanings."""
    with VOCABULARY.open(encoding="utf-8", newline="") as file:
        return {row["word"]: row["meaning"] for row in csv.DictReader(file) if row["kind"] == kind}


COLUMNS, STATUSES, COMPARISONS = vocabulary("column"), vocabulary("status"), vocabulary("comparison")
ORIGINS, MEASURES = vocabulary("origin"), vocabulary("measure")
WORDS = {"measure": {*MEASURES}, "status": {"", *STATUSES}, "comparison": {*COMPARISONS}, "origin": {*ORIGINS}}
LIMITS = ["estimate", "ci_low", "ci_high"]
NUMBER_COLUMNS = [*LIMITS, "time_months", "p", "n", "events", "std_error", "statistic", "df", "model_terms"]
REPEATED = (
    "id",
    "section",
    "endpoint_label",
    "variable",
    "variable_label",
    "level",
    "reference",
)  # in term and endpoint
NOT_IN_ID = ("id", "section", "status", "note", "origin")
NUMBERS_IN_ID = {"time_months": "{:.6g}", "model_terms": "{}"}
TEXT_COLUMNS = [name for name in COLUMNS if name not in NUMBER_COLUMNS]
EMPTY: dict[str, Any] = {name: "" if name in TEXT_COLUMNS else np.nan for name in COLUMNS}

OK, NO_ESTIMATE, NOT_REACHED = "ok", "not_estimable", "not_reached"
SEPARATED, FEW_AT_RISK, FEW_EVENTS, NOT_RECORDED = "separated", "few_at_risk", "few_events", "not_recorded"
NOT_ESTIMABLE = "not estimable: "


def if_recorded(function: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Make a statistic return an empty table when the cohort does not record what it needs.

    That is an outcome without patients, data without columns, or groups without categories (no contrast declared).
    A recorded endpoint in which nobody is left is another matter: its rows say that they are not estimable.
    """

    @wraps(function)
    def guarded(data: pd.Series | pd.DataFrame, *args: object, **options: object) -> pd.DataFrame:
        absent = data.shape[1] == 0 if isinstance(data, pd.DataFrame) else data.empty
        groups = [value for value in [*args, *options.values()] if isinstance(value, pd.Series)]
        names = [value for value in [*args, options.get("by")] if isinstance(value, str)]
        groups += [data[name] for name in names if isinstance(data, pd.DataFrame) and name in data]
        undeclared = any(isinstance(g.dtype, pd.CategoricalDtype) and g.cat.categories.empty for g in groups)
        return estimates([]) if absent or undeclared else function(data, *args, **options)

    return guarded


class EstimatesError(ValueError):
    """A record that does not fit the table: unknown column, unknown measure or an infinite number."""


class Estimates(Frame):
    """The tidy table; shows itself as a data frame without its empty columns."""

    def heading(self) -> str:
        """ "4 estimates: survival"."""
        kinds = ", ".join(dict.fromkeys(self["measure"])) if "measure" in self else ""
        return f"{len(self)} estimates" + (f": {kinds}" if kinds else "")

    def first_rows(self) -> pd.DataFrame:
        """The first rows, without what is empty or repeats another column."""
        return self.head(ROWS_SHOWN)[printed_columns(self)]


def printed_columns(estimates: pd.DataFrame) -> list[str]:
    """What a reader sees of estimates: no empty column, none that repeats another, no status when all are "ok"."""
    left_out = {*REPEATED, *(["status"] if "status" in estimates and {*estimates["status"]} <= {OK} else [])}
    return [name for name in filled_columns(estimates) if name not in left_out]


def estimates(records: Iterable[Mapping[str, object]]) -> Estimates:
    """Return records as the tidy table: one row per estimate, all COLUMNS present and typed.

    Missing numbers become NaN and missing texts ""; an endpoint without a label is its own label. `status` is "ok"
    where there is an estimate or P, else "not_estimable", unless the record says more. Raises EstimatesError without
    measure or method, on an unknown column, measure, status, comparison or origin, an infinite number, or a row with
    neither estimate nor P nor note.
    """
    rows = [{**EMPTY, **row} for row in records]
    if unknown := sorted({name for row in rows if len(row) > len(EMPTY) for name in row}.difference(EMPTY)):
        raise EstimatesError(f"unknown columns {unknown}; use {list(COLUMNS)}")
    values = zip(*(row.values() for row in rows), strict=True) if rows else [()] * len(EMPTY)
    columns = {
        name: np.array(column, dtype=float) if name in NUMBER_COLUMNS else _texts(column)
        for name, column in zip(EMPTY, values, strict=True)
    }
    known = ~np.isnan(columns["estimate"]) | ~np.isnan(columns["p"])
    if faults := list(_faults(columns, known)):
        raise EstimatesError("; ".join(faults))
    return Estimates(columns | _filled(columns, known))


def _texts(values: Sequence[Any]) -> np.ndarray:
    """One column of texts; "" where a record has none."""
    if {*map(type, values)} != {str}:
        values = ["" if value is None or value != value else str(value) for value in values]
    return np.array(values, dtype=object)


def _filled(columns: Mapping[str, np.ndarray], known: np.ndarray) -> dict[str, np.ndarray]:
    """The label of each endpoint and the status of each row, where the records left them out."""
    said = np.where(known, OK, NO_ESTIMATE).astype(object)
    label, status = columns["endpoint_label"], columns["status"]
    return {
        "endpoint_label": np.where(label == "", columns["endpoint"], label),
        "status": np.where(status == "", said, status),
    }


def _faults(columns: Mapping[str, np.ndarray], known: np.ndarray) -> Iterator[str]:
    """Say everything that is wrong with the records."""
    problems: dict[str, Any] = {
        f"unknown {name}; add it with its meaning to the vocabulary": [word not in words for word in columns[name]]
        for name, words in WORDS.items()
    }
    problems["no method; name the estimator or test"] = columns["method"] == ""
    infinite = np.isinf([columns[name] for name in NUMBER_COLUMNS]).any(axis=0)
    problems["infinite number; return NaN and a note"] = infinite
    problems["neither estimate nor P nor note; say why it is not estimable"] = ~known & (columns["note"] == "")
    for problem, rows in problems.items():
        for number in np.flatnonzero(rows):
            about = ", ".join(columns[name][number] or f"no {name}" for name in ("measure", "method"))
            yield f"estimate {number} ({about}): {problem}"


def with_ids(rows: pd.DataFrame, section: str) -> Estimates:
    """The rows as a section's, with their column `id`: the section, then eight letters made from what a row is about.

    Numbers are not in it, so that an id stays when the data change; the second of two alike ends in ".2".
    """
    columns = as_lists(rows)
    texts = [columns[name] for name in TEXT_COLUMNS if name not in NOT_IN_ID]
    times, terms = ([text.format(number) for number in columns[name]] for name, text in NUMBERS_IN_ID.items())
    ids, seen = [], Counter[str]()
    for about in zip(times, terms, *texts, strict=True):
        name = f"{section}-{blake2s('|'.join(about).encode(), digest_size=4).hexdigest()}"
        seen[name] += 1
        ids.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return Estimates(rows.assign(section=section, id=np.array(ids, dtype=object)))


def stack(*frames: pd.DataFrame) -> Estimates:
    """Return estimate tables one under the other, in the order given, with a fresh row index."""
    filled = [frame if len(frame.columns) == len(COLUMNS) else frame[list(COLUMNS)] for frame in frames if len(frame)]
    return Estimates(pd.concat(filled, ignore_index=True)) if filled else estimates([])


def by_each(
    statistic: Callable[..., pd.DataFrame], data: pd.DataFrame, columns: Iterable[str], **options: object
) -> Estimates:
    """Return what a statistic says of the groups of each column in turn; no columns give no rows."""
    return stack(*(statistic(data, by=column, **options) for column in columns))


def scope(data: pd.DataFrame) -> dict[str, str]:
    """The columns endpoint, endpoint_label and population of estimates made from an endpoint's table."""
    about = about_of(data)
    return {"endpoint": about.key, "endpoint_label": about.label, "population": about.population}


def compared(data: pd.DataFrame, by: str) -> dict[str, str]:
    """The columns group and comparison of a test between the groups of column `by`.

    `by` is "arm" (all arms), "contrast" (the sides of the study's declared comparison, whose label is the group) or
    another column, whose name is the group.
    """
    if by == "arm":
        return {"group": "Arms", "comparison": "arms"}
    if by == "contrast":
        return {"group": about_of(data).comparison or "Comparison of arms", "comparison": "contrast"}
    return {"group": by}


def filter_rows(estimates: pd.DataFrame, **match: object) -> pd.DataFrame:
    """The rows whose columns equal the given values; a list matches any of its values."""
    keep = np.ones(len(estimates), dtype=bool)
    for name, wanted in match.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        column = estimates[name].to_numpy()
        keep &= np.any([column == value for value in values], axis=0) if values else False
    return estimates[keep]


def single(estimates: pd.DataFrame, **match: object) -> pd.Series:
    """The single row that matches; raises LookupError when there is none or more than one."""
    rows = filter_rows(estimates, **match)
    if len(rows) != 1:
        raise LookupError(f"expected one estimate for {match}, found {len(rows)}")
    return rows.iloc[0]


def not_estimable(reason: str, **fields: object) -> dict:
    """Return a record without a number, whose note says why: "not estimable: <reason>".

    Its status is "not_estimable" unless the fields give another.
    """
    return {"status": NO_ESTIMATE, **fields, "estimate": np.nan, "note": NOT_ESTIMABLE + reason}
