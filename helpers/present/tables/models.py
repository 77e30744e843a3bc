"""Tables of regression models: one row per term, one column per method or check."""

from collections.abc import Iterable, Mapping

import pandas as pd

from helpers.present import format as fmt
from helpers.present.names import endpoint_name
from helpers.present.show import Table, Text
from helpers.present.tables.listing import absent, crosstab, p_only, side_by_side
from helpers.present.values import value, value_with_interval


def by_method(models: Mapping[str, pd.DataFrame], *, id: str, caption: str, notes: Iterable[str] = ()) -> Table | Text:
    """One row per endpoint and term, one column per method: ratio, interval and P; why where there is none.

    Methods without rows have no column. Terms of several endpoints stand indented under the endpoint's name.
    """
    given = {name: frame for name, frame in models.items() if len(frame)}
    rows = side_by_side(given) if given else pd.DataFrame()
    if rows.empty:
        return absent(caption)
    tables = [
        (name, crosstab(part, id=id, caption=caption, text=_ratio_and_p))
        for name, part in rows.groupby("endpoint", sort=False)
    ]
    reasons = list(dict.fromkeys([*notes, *_reasons(rows)]))
    titles = [("Term", "left"), *((name, "right") for name in given)]
    if len(tables) == 1:
        return Table(id, caption, titles, tables[0][1].rows, reasons)
    lines, indent = [], []
    for name, table in tables:
        lines += [[endpoint_name(name), *[""] * len(given)], *table.rows]
        indent += [0, *[1] * len(table.rows)]
    return Table(id, caption, titles, lines, reasons, indent)


def imputed(complete: pd.DataFrame, filled: pd.DataFrame, *, id: str, caption: str) -> Table | Text | None:
    """Complete cases beside multiple imputation, for the endpoints that were imputed; nothing where none was."""
    if filled.empty:
        return None
    beside = complete[complete["endpoint"].isin(filled["endpoint"])]
    return by_method({"Complete cases": beside, "Multiple imputation": filled}, id=id, caption=caption)


def _ratio_and_p(row: pd.Series) -> str:
    """ "0.61 (0.30 to 1.20), P = 0.15"; a one-sided limit is shown without an estimate."""
    shown = value_with_interval(row)
    return f"{shown}, {fmt.equals_p(row['p'])}" if p_only(row) else shown


def _reasons(rows: pd.DataFrame) -> list[str]:
    """Why cells are empty, by column and term, then what holds for whole models, each once."""
    silent = rows[rows["estimate"].isna() & (rows["note"] != "")]
    reasons = [
        f"{group}, {_terms(part)}: {note}." for (group, note), part in silent.groupby(["group", "note"], sort=False)
    ]
    shared = [
        f"{endpoint_name(row['endpoint'])}, {row['group']}: {part}."
        for _, row in rows[rows["estimate"].notna()].iterrows()
        for part in row["note"].split("; ")
        if part and not part.startswith("missing information")
    ]
    return list(dict.fromkeys([*reasons, *shared]))


def _terms(part: pd.DataFrame) -> str:
    """The terms a note belongs to; more than three are not listed."""
    names = list(dict.fromkeys(part["term"]))
    return "; ".join(names) if len(names) <= 3 else f"{len(names)} terms"


def proportionality(tests: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per covariate and one for all together, one column per endpoint: P and chi-square."""
    named = tests.assign(group=[endpoint_name(key) for key in tests["endpoint"]])
    return crosstab(named, id=id, caption=caption, corner="Covariate", text=_chi_square, notes=_left_out(named))


def _chi_square(row: pd.Series) -> str:
    """ "P = 0.017 (chi-square 17.1, 3 degrees of freedom)"."""
    if not p_only(row):
        return fmt.NOT_ESTIMABLE
    freedom = [part for part in row["note"].split("; ") if part.endswith("degrees of freedom")]
    found = ", ".join(["chi-square " + fmt.number(row["estimate"]), *freedom])
    return f"{fmt.equals_p(row['p'])} ({found})"


def _left_out(tests: pd.DataFrame) -> list[str]:
    """The notes of tests other than their degrees of freedom, each once by endpoint."""
    parts = [(row["group"], part) for _, row in tests.iterrows() for part in row["note"].split("; ") if part]
    return list(dict.fromkeys(f"{group}: {part}." for group, part in parts if not part.endswith("degrees of freedom")))


def robustness(
    models: pd.DataFrame, adjusted: pd.DataFrame, e_values: pd.DataFrame, *, id: str, caption: str
) -> Table | Text:
    """One row per endpoint and term: the ratio, its P, Holm's P, and the E-values of the estimate and its limit.

    The three frames have the same rows in the same order.
    """
    if models.empty:
        return absent(caption)
    lines, indent = [], []
    for name, part in models.groupby("endpoint", sort=False):
        lines.append([endpoint_name(name), *[""] * 5])
        cells = [_robust(models.loc[i], adjusted.loc[i], e_values.loc[i]) for i in part.index]
        lines, indent = lines + cells, [*indent, 0, *[1] * len(cells)]
    names = ["Ratio (95% CI)", "P", "P, Holm", "E-value", "E-value of the limit"]
    notes = [
        "Holm: adjusted for all terms of the same model.",
        "E-value: how strongly, as a risk ratio, an unmeasured confounder would have to go with both the term and the "
        "outcome to explain the estimate away; of the limit: to move the interval to 1. At 1 nothing is needed.",
    ]
    return Table(
        id, caption, [("Endpoint and term", "left"), *((name, "right") for name in names)], lines, notes, indent
    )


def _robust(model: pd.Series, adjusted: pd.Series, e_value: pd.Series) -> list[str]:
    """The cells of one term."""
    limit = "" if fmt.is_missing(e_value["ci_low"]) else fmt.ratio(e_value["ci_low"])
    return [model["term"], value_with_interval(model), p_only(model), p_only(adjusted), value(e_value), limit]
